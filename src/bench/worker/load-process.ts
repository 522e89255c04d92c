/** Entry of a generator process: does what the parent says, and ends when the parent is gone. */
import { errorMessage } from '../../base/errors.ts';
import { realClock } from '../../platform/clock.ts';
import { connect } from './connect.ts';
import { LoadTask } from './load-task.ts';
import type { FromWorker, LoadTaskConfig, ToWorker, WatchTaskConfig } from './protocol.ts';
import { WatchTask } from './watch-task.ts';

const clock = realClock();
let task: LoadTask | WatchTask | undefined;

process.on('message', (message: ToWorker) => {
  handle(message).catch((error: unknown) => say({ kind: 'failed', message: errorMessage(error) }));
});
process.on('disconnect', quit);
// A terminal sends Ctrl-C to the whole group: the parent decides when a run that is cut short is over.
process.on('SIGINT', () => {});

async function handle(message: ToWorker): Promise<void> {
  switch (message.kind) {
    case 'prepare':
      task = newTask(message.task);
      await task.prepare();
      say({ kind: 'ready' });
      break;
    case 'start':
      if (task instanceof LoadTask) {
        await task.run(message.startMs, (record) => say({ kind: 'second', record }));
        say({ kind: 'idle' });
      } else {
        task?.start(message.startMs);
      }
      break;
    case 'stop':
      if (task instanceof LoadTask) task.stop();
      break;
    case 'report':
      if (task !== undefined) say({ kind: 'report', report: task.report() });
      break;
    case 'quit':
      quit();
      break;
  }
}

function newTask(config: LoadTaskConfig | WatchTaskConfig): LoadTask | WatchTask {
  const client = connect(config.connect, clock);
  return config.kind === 'load' ? new LoadTask(config, clock, client) : new WatchTask(config, clock, client);
}

function say(message: FromWorker): void {
  if (process.connected) process.send?.(message);
}

/** With nothing left open the process ends by itself. */
function quit(): void {
  task?.close();
  if (process.connected) process.disconnect();
}
