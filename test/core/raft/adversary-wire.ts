/** What is on its way between the members of an adversary's cluster, and which pairs nothing passes. */
import type { Random } from '../../../src/base/random.ts';
import type { MemberId, Message } from '../../../src/core/raft/index.ts';

const MAX_WIRE = 300;

export class Wire {
  /** Percent of the deliveries. */
  doubling = 0;
  loss = 0;
  readonly #random: Random;
  #messages: Message[] = [];
  /** Directed pairs `from>to`. */
  readonly #cut = new Set<string>();

  constructor(random: Random) {
    this.#random = random;
  }

  /** Whether there is room for it. */
  add(message: Message): boolean {
    if (this.#messages.length >= MAX_WIRE) return false;
    this.#messages.push(message);
    return true;
  }

  /** Any message, and whether it is lost; it may be drawn again. */
  draw(): { readonly message: Message; readonly isLost: boolean } | undefined {
    if (this.#messages.length === 0) return undefined;
    const at = this.#random.below(this.#messages.length);
    const message = this.#messages[at]!;
    const fate = this.#random.below(100);
    if (fate >= this.doubling) {
      this.#messages[at] = this.#messages.at(-1)!;
      this.#messages.pop();
    }
    return { message, isLost: fate >= 100 - this.loss || this.isCut(message.from, message.to) };
  }

  /** All that is under way, for good. */
  takeAll(): Message[] {
    const messages = this.#messages;
    this.#messages = [];
    return messages;
  }

  isCut(from: MemberId, to: MemberId): boolean {
    return this.#cut.has(`${from}>${to}`);
  }

  heal(): void {
    this.#cut.clear();
  }

  /** Nothing passes any more from one to the other where `isCut` says so. */
  cut(ids: readonly MemberId[], isCut: (from: MemberId, to: MemberId) => boolean): void {
    this.#cut.clear();
    for (const from of ids) {
      for (const to of ids) if (isCut(from, to)) this.#cut.add(`${from}>${to}`);
    }
  }
}
