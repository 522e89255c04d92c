import type { Clock } from '../../base/clock.ts';
import { formatCount, formatMs, formatRate, formatSeconds } from '../../core/run/index.ts';
import { printable } from './style.ts';

/** Where progress goes; stderr has this shape. */
export interface ProgressStream {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** What is going on at this instant; figures that are not known are left out. */
export interface ProgressState {
  /** Such as `probing /var/lib/etcd` or `kubectl-apply-storm`. */
  readonly phase: string;
  readonly elapsedS: number;
  readonly totalS?: number;
  readonly ratePerS?: number;
  readonly p99Ms?: number;
  readonly errors?: number;
}

export interface ProgressOptions {
  readonly stream: ProgressStream;
  readonly clock: Clock;
  /** Escape sequences for colours; where false, plain text. Moving the cursor depends on the stream being a terminal. */
  readonly color: boolean;
  /** Nothing at all is written. */
  readonly quiet?: boolean;
}

/** A terminal's line is redrawn at most this often; off a terminal a line is written at most this often. */
const REDRAW_MS = 100;
const PLAIN_LINE_MS = 10_000;
const DEFAULT_COLUMNS = 80;
const BAR_CELLS = 20;

/**
 * A live line on a terminal, redrawn in place; off a terminal plain lines, one for each new phase and one every ten seconds.
 * `done` must be called in the end, also after a failure, so that the line is cleared.
 */
export class Progress {
  readonly #options: ProgressOptions;
  #lastMs = -Infinity;
  #phase: string | undefined;
  #drawn = false;

  constructor(options: ProgressOptions) {
    this.#options = options;
  }

  /** Shows the state, or passes it over when the last one was shown just now. */
  update(state: ProgressState): void {
    if (this.#options.quiet) return;
    const nowMs = this.#options.clock.nowMs();
    const changed = state.phase !== this.#phase;
    if (!changed && nowMs - this.#lastMs < (this.#live ? REDRAW_MS : PLAIN_LINE_MS)) return;
    this.#phase = state.phase;
    this.#lastMs = nowMs;
    if (this.#live) this.#redraw(state);
    else this.#options.stream.write(`${this.#describe(state)}\n`);
  }

  /** A line that stays, above the live one. */
  note(text: string): void {
    if (this.#options.quiet) return;
    this.#clear();
    this.#options.stream.write(`${printable(text)}\n`);
  }

  /** Clears the live line. The display can be used again. */
  done(): void {
    this.#clear();
    this.#phase = undefined;
    this.#lastMs = -Infinity;
  }

  get #live(): boolean {
    return this.#options.stream.isTTY === true;
  }

  #redraw(state: ProgressState): void {
    const columns = this.#options.stream.columns ?? DEFAULT_COLUMNS;
    // A line that fills the last column would wrap and could not be redrawn.
    const text = `${this.#bar(state)}${this.#describe(state)}`.slice(0, Math.max(1, columns - 1));
    const painted = this.#options.color ? `\u001b[36m${text}\u001b[39m` : text;
    this.#options.stream.write(`\r\u001b[2K${painted}`);
    this.#drawn = true;
  }

  #clear(): void {
    if (!this.#drawn) return;
    this.#options.stream.write('\r\u001b[2K');
    this.#drawn = false;
  }

  #bar({ elapsedS, totalS }: ProgressState): string {
    if (totalS === undefined || totalS <= 0) return '';
    const full = Math.round(BAR_CELLS * Math.min(1, elapsedS / totalS));
    return `${'█'.repeat(full)}${'░'.repeat(BAR_CELLS - full)} `;
  }

  #describe({ phase, elapsedS, totalS, ratePerS, p99Ms, errors }: ProgressState): string {
    const time = formatSeconds(Math.floor(elapsedS));
    const parts = [
      printable(phase),
      totalS === undefined ? time : `${time} of ${formatSeconds(totalS)}`,
      ...(ratePerS === undefined ? [] : [formatRate(ratePerS)]),
      ...(p99Ms === undefined ? [] : [`p99 ${formatMs(p99Ms)}`]),
      ...(errors === undefined || errors === 0 ? [] : [`${formatCount(errors)} errors`]),
    ];
    return parts.join(' · ');
  }
}
