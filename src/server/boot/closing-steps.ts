/** What a member has opened, each closed by a step of its own, last opened, first closed; and which of them is under way. */

type Close = () => Promise<void> | void;

export class ClosingSteps {
  readonly #steps: { readonly name: string; readonly close: Close }[] = [];
  #underWay: string | undefined;

  get count(): number {
    return this.#steps.length;
  }

  /** The step that has begun and not ended yet. */
  get underWay(): string | undefined {
    return this.#underWay;
  }

  /** `name` says what is closed, for whoever waits for it in vain. */
  add(name: string, close: Close): void {
    this.#steps.push({ name, close });
  }

  /** Closes all but the first `kept`. */
  async close(kept = 0): Promise<void> {
    while (this.#steps.length > kept) {
      const { name, close } = this.#steps.pop()!;
      await this.run(name, close);
    }
  }

  /** A step of its own between others. */
  async run(name: string, act: Close): Promise<void> {
    this.#underWay = name;
    await act();
    this.#underWay = undefined;
  }
}
