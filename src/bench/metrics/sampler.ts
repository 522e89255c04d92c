/** Reads every member's /metrics once a second, and tells what changed between readings as events. */
import type { Clock, Timer } from '../../base/clock.ts';
import type { TlsOptions } from '../../client/control/index.ts';
import type { Member } from '../../cluster/index.ts';
import { httpGet } from '../../cluster/index.ts';
import type { MemberSample, RunEvent } from '../../core/run/index.ts';
import { processFigures } from '../../platform/process-figures.ts';
import type { Waiting } from '../../platform/process-waits.ts';
import { watchDenied } from './denied.ts';
import { eventsBetween } from './events.ts';
import type { Reading } from './reading.ts';
import { readingOf } from './reading.ts';
import { sampleBetween } from './samples.ts';

const EVERY_MS = 1_000;
/** Longer than a member under load takes, shorter than the next reading. */
const ASK_MS = 900;

export interface Sampler {
  readonly samples: MemberSample[];
  readonly events: RunEvent[];
  /** Every reading, by member in order of time. */
  readonly readings: ReadonlyMap<string, readonly Reading[]>;
  stop(): Promise<void>;
}

export interface SamplerOptions {
  readonly members: readonly Member[];
  readonly tls: TlsOptions | undefined;
  readonly clock: Clock;
  /** How many processors a member can use; undefined where that is not known: then nothing is said of its share. */
  readonly processorsPerMember: number | undefined;
  /** Which of a member's threads do its work. */
  readonly workers: Waiting;
  /** CLOCK_MONOTONIC that the run's seconds count from. */
  readonly startMs: number;
  /** Called after each round. */
  readonly onRound?: (latest: readonly Reading[]) => void;
}

/** Resolves with a running sampler when the first round is in. */
export async function startSampler(options: SamplerOptions): Promise<Sampler> {
  const { members, tls, clock, startMs, onRound, processorsPerMember, workers } = options;
  const readings = new Map<string, Reading[]>(members.map((member) => [member.name, []]));
  const samples: MemberSample[] = [];
  const events: RunEvent[] = [];
  const down = new Set<string>();
  const denied = watchDenied(members, clock, workers);
  const second = (): number => Math.max(0, (clock.nowMs() - startMs) / 1_000);

  const read = async (member: Member): Promise<void> => {
    const list = readings.get(member.name)!;
    let text: string;
    try {
      text = (await httpGet(`${member.metricsUrl}/metrics`, ASK_MS, tls)).body;
    } catch {
      if (!down.has(member.name)) {
        events.push({ t: second(), kind: 'member-down', member: member.name, text: 'its /metrics did not answer' });
      }
      down.add(member.name);
      return;
    }
    if (down.delete(member.name)) {
      events.push({ t: second(), kind: 'member-up', member: member.name, text: 'its /metrics answers again' });
    }
    const told = withProcess(readingOf(member.name, clock.nowMs(), text), member);
    const reading = { ...told, denied: denied.of(member) };
    const before = list.at(-1);
    list.push(reading);
    if (before === undefined) return;
    samples.push(sampleBetween(before, reading, second(), processorsPerMember));
    events.push(...eventsBetween(before, reading, second()));
  };

  let stopped = false;
  let timer: Timer | undefined;
  let round: Promise<void> = Promise.resolve();
  const next = async (): Promise<void> => {
    await Promise.all(members.map(read));
    onRound?.([...readings.values()].flatMap((list) => list.slice(-1)));
  };
  const schedule = (dueMs: number): void => {
    timer = clock.after(Math.max(0, dueMs - clock.nowMs()), () => {
      if (stopped) return;
      round = next().finally(() => schedule(Math.max(dueMs + EVERY_MS, clock.nowMs())));
    });
  };
  await next();
  schedule(clock.nowMs() + EVERY_MS);
  return {
    samples,
    events,
    readings,
    stop: async () => {
      if (stopped) return;
      timer?.cancel();
      await round;
      stopped = true;
      timer?.cancel();
      await next();
      denied.stop();
    },
  };
}

/** What the kernel says of a member that was started here, in place of what it says of itself. */
function withProcess(reading: Reading, { pid }: Member): Reading {
  if (pid === undefined) return reading;
  try {
    const { cpuSeconds, residentBytes } = processFigures(pid);
    return { ...reading, values: { ...reading.values, cpuSeconds, rssBytes: residentBytes } };
  } catch {
    // It has just ended.
    return reading;
  }
}
