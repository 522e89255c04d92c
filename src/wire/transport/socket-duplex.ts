/** A node socket, plain or TLS, as a byte duplex. */
import type { Socket } from 'node:net';
import type { Duplex, DuplexHandler } from '../../base/network.ts';

/** Node's socket emits 'drain' once it has held more than its own mark, so ours must not be below that. */
const HIGH_WATER_BYTES = 65_536;

export class SocketDuplex implements Duplex {
  private readonly socket: Socket;
  private handler: DuplexHandler | undefined;
  private error: Error | undefined;

  /** `explain` may put an error of the socket's into words that say what is wrong. */
  constructor(socket: Socket, explain: (error: Error) => Error = (error) => error) {
    this.socket = socket;
    // Without a listener an error before `attach` would end the process.
    socket.on('error', (error) => (this.error = explain(error)));
  }

  attach(handler: DuplexHandler): void {
    this.handler = handler;
    const { socket } = this;
    socket.on('drain', () => handler.onDrain());
    socket.on('end', () => handler.onEnd());
    socket.on('close', () => handler.onClose(this.error));
    socket.on('data', (chunk: Buffer) => handler.onData(chunk));
  }

  /** Bytes read by node's `onread`, into a buffer that is used again for the next. */
  takeRead(chunk: Uint8Array): void {
    this.handler?.onData(chunk);
  }

  write(bytes: Uint8Array): boolean {
    if (!this.socket.writable) return true;
    this.socket.write(bytes);
    return this.socket.writableLength < HIGH_WATER_BYTES;
  }

  get pendingBytes(): number {
    return this.socket.writableLength;
  }

  end(): void {
    if (!this.socket.writableEnded) this.socket.end();
  }

  destroy(): void {
    this.socket.destroy();
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }
}
