/** A network of memory: every connection made is handed to the test, which plays the server. */
import type { Address, Duplex, DuplexHandler, Network } from '../../../src/base/network.ts';
import { memoryPair } from '../../../src/wire/transport/memory-duplex.ts';
import type { MemoryOptions } from '../../../src/wire/transport/memory-duplex.ts';
import type { ManualClock } from '../../support/manual-clock.ts';

export class MemoryNetwork implements Pick<Network, 'connect'> {
  /** Where connections were asked for, in order. */
  readonly dialled: Address[] = [];
  /** The error with which the next connections fail. */
  refusal: Error | undefined;
  private readonly clock: ManualClock;
  private readonly accept: (duplex: Duplex) => void;
  private readonly options: MemoryOptions;

  constructor(clock: ManualClock, accept: (duplex: Duplex) => void, options: MemoryOptions = {}) {
    this.clock = clock;
    this.accept = accept;
    this.options = options;
  }

  connect(address: Address, onConnected: () => void): Duplex {
    this.dialled.push(address);
    const { refusal } = this;
    if (refusal !== undefined) return new RefusedDuplex(this.clock, refusal);
    const [near, far] = memoryPair(this.clock, this.options);
    this.clock.soon(onConnected);
    this.accept(far);
    return near;
  }
}

class RefusedDuplex implements Duplex {
  readonly pendingBytes = 0;
  private readonly clock: ManualClock;
  private readonly error: Error;

  constructor(clock: ManualClock, error: Error) {
    this.clock = clock;
    this.error = error;
  }

  attach(handler: DuplexHandler): void {
    this.clock.soon(() => handler.onClose(this.error));
  }

  write(): boolean {
    return true;
  }
  end(): void {}
  destroy(): void {}
  pause(): void {}
  resume(): void {}
}
