import type { Environment } from './lmdb-environment.ts';

/** An environment that snapshots may still read from after the backend has gone on to another. */
export class SharedEnvironment {
  readonly environment: Environment;
  private users = 0;
  private onUnused: (() => void) | undefined;

  constructor(environment: Environment) {
    this.environment = environment;
  }

  acquire(): void {
    this.users++;
  }

  release(): void {
    this.users--;
    if (this.users === 0) this.onUnused?.();
  }

  /** Closes the environment once nobody reads from it any more, and calls `done`. */
  retire(done: () => void): void {
    const close = (): void => void this.environment.root.close().then(done);
    if (this.users === 0) close();
    else this.onUnused = close;
  }
}
