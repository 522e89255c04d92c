/**
 * What one generator process measured: per phase and class, and per second. A request belongs to the phase of its intended
 * instant (an overload is charged to the phase that caused it) and to the second in which its answer came.
 */
import type { LoadError } from '../../client/load/index.ts';
import { bucketOf, newCounts, sparse } from './counts.ts';
import type { Counts, SparseCounts } from './counts.ts';

/** Plain data: it travels to the parent. */
export interface ClassRecord {
  readonly phase: number;
  readonly class: string;
  scheduled: number;
  completed: number;
  errors: number;
  skipped: number;
  conflicts: number;
  errorsByCode: Record<string, number>;
  response: SparseCounts;
  service: SparseCounts;
}

/** One second, counted from the start of the warm-up. */
export interface SecondRecord {
  readonly second: number;
  completed: Record<string, number>;
  errors: number;
  skipped: number;
  response: SparseCounts;
  service: SparseCounts;
}

interface Slot extends Omit<ClassRecord, 'response' | 'service'> {
  readonly responseCounts: Counts;
  readonly serviceCounts: Counts;
}

/** A class in all phases. */
interface ClassSlots {
  readonly name: string;
  readonly phases: (Slot | undefined)[];
  /** In the second under way. */
  secondCompleted: number;
}

export class Recorder {
  private readonly startMs: number;
  private readonly phaseEndsMs: readonly number[];
  private readonly onSecond: (record: SecondRecord) => void;
  private readonly slots = new Map<string, ClassSlots>();
  /** One a phase. */
  private readonly lag: Counts[];
  private lastClass: ClassSlots | undefined;
  private second = 0;
  private secondEndsMs: number;
  private secondErrors = 0;
  private secondSkipped = 0;
  private readonly secondResponse = newCounts();
  private readonly secondService = newCounts();
  private secondTouched = false;
  /** What the first error of each code said. */
  readonly errorTexts: Record<string, string> = {};

  /** `phaseEndsMs`: where each phase ends, from the start; the warm-up, where there is one, is the first. */
  constructor(startMs: number, phaseEndsMs: readonly number[], onSecond: (record: SecondRecord) => void) {
    this.startMs = startMs;
    this.secondEndsMs = startMs + 1_000;
    this.phaseEndsMs = phaseEndsMs;
    this.onSecond = onSecond;
    this.lag = phaseEndsMs.map(newCounts);
  }

  completed(name: string, intendedMs: number, sentMs: number, answeredMs: number, conflict: boolean): void {
    const ofClass = this.classOf(name);
    const slot = this.slotOf(ofClass, intendedMs);
    const response = bucketOf(answeredMs - intendedMs);
    const service = bucketOf(answeredMs - sentMs);
    slot.scheduled++;
    slot.completed++;
    if (conflict) slot.conflicts++;
    slot.responseCounts[response]!++;
    slot.serviceCounts[service]!++;
    this.turnTo(answeredMs);
    this.secondResponse[response]!++;
    this.secondService[service]!++;
    ofClass.secondCompleted++;
    this.secondTouched = true;
  }

  failed(name: string, intendedMs: number, answeredMs: number, error: LoadError): void {
    const slot = this.slotOf(this.classOf(name), intendedMs);
    slot.scheduled++;
    slot.errors++;
    slot.errorsByCode[error.code] = (slot.errorsByCode[error.code] ?? 0) + 1;
    this.errorTexts[error.code] ??= error.message;
    this.turnTo(answeredMs);
    this.secondErrors++;
    this.secondTouched = true;
  }

  /** Due, but never sent. */
  skipped(name: string, intendedMs: number, nowMs: number): void {
    const slot = this.slotOf(this.classOf(name), intendedMs);
    slot.scheduled++;
    slot.skipped++;
    this.turnTo(nowMs);
    this.secondSkipped++;
    this.secondTouched = true;
  }

  /** How late a send was against the instant it could have had. */
  sent(readyMs: number, sentMs: number): void {
    this.lag[this.phaseOf(readyMs)]![bucketOf(sentMs - readyMs)]!++;
  }

  classes(): ClassRecord[] {
    const records: ClassRecord[] = [];
    for (const { phases } of this.slots.values()) {
      for (const slot of phases) {
        if (slot === undefined) continue;
        const { responseCounts, serviceCounts, ...rest } = slot;
        records.push({ ...rest, response: sparse(responseCounts), service: sparse(serviceCounts) });
      }
    }
    return records;
  }

  /** By phase. */
  scheduleLag(): SparseCounts[] {
    return this.lag.map(sparse);
  }

  /** Hands out the second under way; the next sample opens another. */
  turnTo(nowMs: number): void {
    if (nowMs < this.secondEndsMs) return;
    this.flush();
    this.second = Math.floor((nowMs - this.startMs) / 1_000);
    this.secondEndsMs = this.startMs + 1_000 * (this.second + 1);
  }

  flush(): void {
    if (!this.secondTouched) return;
    const completed: Record<string, number> = {};
    for (const ofClass of this.slots.values()) {
      if (ofClass.secondCompleted > 0) completed[ofClass.name] = ofClass.secondCompleted;
      ofClass.secondCompleted = 0;
    }
    this.onSecond({
      second: this.second,
      completed,
      errors: this.secondErrors,
      skipped: this.secondSkipped,
      response: sparse(this.secondResponse),
      service: sparse(this.secondService),
    });
    this.secondErrors = 0;
    this.secondSkipped = 0;
    this.secondResponse.fill(0);
    this.secondService.fill(0);
    this.secondTouched = false;
  }

  private phaseOf(instantMs: number): number {
    const at = instantMs - this.startMs;
    let phase = 0;
    // What is still under way when the last phase ends belongs to it.
    while (phase < this.phaseEndsMs.length - 1 && at >= this.phaseEndsMs[phase]!) phase++;
    return phase;
  }

  private classOf(name: string): ClassSlots {
    // Requests of one class come in rows: those of one source that were due together.
    const last = this.lastClass;
    if (last !== undefined && last.name === name) return last;
    let ofClass = this.slots.get(name);
    if (ofClass === undefined) this.slots.set(name, (ofClass = { name, phases: [], secondCompleted: 0 }));
    return (this.lastClass = ofClass);
  }

  private slotOf({ name, phases }: ClassSlots, intendedMs: number): Slot {
    const phase = this.phaseOf(intendedMs);
    return (phases[phase] ??= newSlot(phase, name));
  }
}

function newSlot(phase: number, name: string): Slot {
  return {
    phase,
    class: name,
    scheduled: 0,
    completed: 0,
    errors: 0,
    skipped: 0,
    conflicts: 0,
    errorsByCode: {},
    responseCounts: newCounts(),
    serviceCounts: newCounts(),
  };
}
