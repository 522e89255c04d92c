// One generator's work again and again in one process, so that its code is warm as the wire's loop is: forked by load.mjs.
// Takes a LoadTaskConfig's parts, answers what `drive` tells.
import process from 'node:process';
import { latencyOfCounts } from '../../../dist/bench/histograms.js';
import { connect } from '../../../dist/bench/worker/connect.js';
import { LoadTask } from '../../../dist/bench/worker/load-task.js';
import { realClock } from '../../../dist/platform/clock.js';

const clock = realClock();
process.on('message', async (config) => {
  const task = new LoadTask(config, clock, connect(config.connect, clock));
  await task.prepare();
  await task.run(clock.nowMs() + 50, () => undefined);
  const { cpuUs, requests, scheduleLag, classes } = task.report();
  task.close();
  const errors = classes.reduce((sum, each) => sum + each.errors, 0);
  process.send({ cpuUsPerOp: cpuUs / requests, requests, errors, lag: latencyOfCounts(scheduleLag) });
});
process.on('disconnect', () => process.exit(0));
process.send({ ready: true });
