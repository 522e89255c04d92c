/** Answers on one stream, given in the order of what was asked, whichever is known first. */
interface Place {
  give: (() => void) | undefined;
}

export class AnswersInOrder {
  readonly #places: Place[] = [];

  /** All that was asked has been answered. */
  get isEmpty(): boolean {
    return this.#places.length === 0;
  }

  /** The place of what is asked next. The function returned takes what gives its answer, once. */
  next(): (give: () => void) => void {
    const place: Place = { give: undefined };
    this.#places.push(place);
    return (give) => {
      place.give = give;
      this.#giveKnown();
    };
  }

  #giveKnown(): void {
    for (let give = this.#places[0]?.give; give !== undefined; give = this.#places[0]?.give) {
      this.#places.shift();
      give();
    }
  }
}
