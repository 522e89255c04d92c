/** Which connections are up, and which of them a call should take. */
export class Routes {
  private readonly up: boolean[];

  constructor(connections: number) {
    this.up = new Array<boolean>(connections).fill(false);
  }

  changed(connection: number, isUp: boolean): void {
    this.up[connection] = isUp;
  }

  /** The connection of that number while it is up, else the next that is; where none is, its own all the same. */
  from(number: number): number {
    const { length } = this.up;
    const own = number % length;
    if (this.up[own]!) return own;
    for (let step = 1; step < length; step++) {
      const connection = (own + step) % length;
      if (this.up[connection]!) return connection;
    }
    return own;
  }
}
