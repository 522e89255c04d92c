/** Watches somebody else's cluster while it is loaded, and tells the first reason to stop. */
import type { Reading } from './metrics/reading.ts';
import { alarmIn, silenceOf, troubleIn } from './safety.ts';

interface StatusSource {
  status(request: Record<string, never>): Promise<{ readonly errors: readonly string[] }>;
}

export class ClusterGuard {
  private readonly control: StatusSource;
  private readonly onTrouble: (reason: string) => void;
  private first: readonly Reading[] | undefined;
  private isAsking = false;

  constructor(control: StatusSource, onTrouble: (reason: string) => void) {
    this.control = control;
    this.onTrouble = onTrouble;
  }

  /** Once for every round of readings; the first is what later ones are held against. */
  onRound(latest: readonly Reading[], nowMs: number): void {
    this.first ??= latest;
    const trouble = troubleIn(this.first, latest) ?? silenceOf(latest, nowMs);
    if (trouble !== undefined) this.onTrouble(trouble);
    void this.askForAlarms();
  }

  /** No metric tells of an alarm; a member's Status does, without a word to the others. */
  private async askForAlarms(): Promise<void> {
    if (this.isAsking) return;
    this.isAsking = true;
    try {
      const alarm = alarmIn((await this.control.status({})).errors);
      if (alarm !== undefined) this.onTrouble(alarm);
    } catch {
      // A member that does not answer is seen by its readings.
    } finally {
      this.isAsking = false;
    }
  }
}
