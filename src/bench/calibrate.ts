/** The ceiling of the generator on this machine: what it reaches against a server that does nothing. */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Clock } from '../base/clock.ts';
import { OperationError } from '../base/errors.ts';
import { composeProfile, parseProfile } from '../core/workload/index.ts';
import { compiledEntry } from '../platform/entry.ts';
import { Generator } from './generator.ts';
import { CONNECTIONS, REQUEST_TIMEOUT_MS, START_AFTER_MS, defaultWorkers } from './load-defaults.ts';
import type { ClientKind, LoadReport } from './worker/protocol.ts';

/** Until the generator's code is compiled. Source: assumed. */
const WARMUP_S = 0.5;

export interface Calibration {
  /** Requests a second: Puts of 256 bytes by 1,000 clients that each wait for their answer. */
  readonly ceilingPerS: number;
  readonly cpuUsPerOp: number;
}

export interface CalibrateOptions {
  readonly client: ClientKind;
  readonly clock: Clock;
  readonly durationS?: number;
  readonly workers?: number;
}

export async function calibrate({ client, clock, durationS = 2, workers }: CalibrateOptions): Promise<Calibration> {
  const shards = workers ?? defaultWorkers();
  const server = fork(fileURLToPath(compiledEntry('bench/worker/null-server-process.js')), [], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    execArgv: [],
  });
  const loads: Generator[] = [];
  try {
    const port = await listening(server);
    const profile = puts(durationS);
    for (let shard = 0; shard < shards; shard++) loads.push(new Generator(() => undefined));
    await Promise.all(
      loads.map((load, shard) =>
        load.prepare({
          kind: 'load',
          connect: {
            client,
            endpoints: [`127.0.0.1:${port}`],
            connections: CONNECTIONS,
            timeoutMs: REQUEST_TIMEOUT_MS,
          },
          profile,
          seed: 1,
          prefix: '/calibration',
          shard,
          shards,
          mayCompact: false,
          mostInFlight: Infinity,
        }),
      ),
    );
    const startMs = clock.nowMs() + START_AFTER_MS;
    await Promise.all(loads.map((load) => load.run(startMs)));
    const reports = await Promise.all(loads.map(async (load) => (await load.report()) as LoadReport));
    const measured = reports.flatMap(({ classes }) => classes).filter(({ phase }) => phase === 1);
    const requests = reports.reduce((sum, report) => sum + report.requests, 0);
    return {
      ceilingPerS: measured.reduce((sum, { completed }) => sum + completed, 0) / durationS,
      cpuUsPerOp: reports.reduce((sum, { cpuUs }) => sum + cpuUs, 0) / requests,
    };
  } finally {
    await Promise.all(loads.map((load) => load.quit()));
    await ended(server);
  }
}

async function listening(server: ChildProcess): Promise<number> {
  const port = await new Promise<unknown>((resolve) => {
    server.once('message', resolve);
    server.once('exit', () => resolve(undefined));
  });
  if (typeof port !== 'number') throw new OperationError('calibration: the null server did not start');
  return port;
}

async function ended(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const exit = once(server, 'exit');
  server.kill('SIGKILL');
  await exit;
}

function puts(durationS: number) {
  const written = {
    schemaVersion: 1,
    name: 'calibration',
    description: 'as many Puts as the generator can send',
    warmup: `${WARMUP_S}s`,
    phases: [{ name: 'calibrate', kind: 'hold', duration: `${durationS}s` }],
    objects: { key: { resource: 'keys', size: '256B', entropy: 1 } },
    sources: [
      {
        name: 'puts',
        model: 'mixed',
        object: 'key',
        reads: 0,
        pick: 'sequential',
        arrivals: { kind: 'closed', clients: 1000 },
      },
    ],
  };
  return composeProfile(parseProfile(written, 'calibration'), () => undefined);
}
