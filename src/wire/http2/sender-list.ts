/** Streams that have something to send and window to send it in, in the order in which they may. No allocation. */
import type { Stream } from './stream.ts';

export class SenderList {
  first: Stream | undefined = undefined;
  private last: Stream | undefined = undefined;

  add(stream: Stream): void {
    if (stream.isSender) return;
    stream.isSender = true;
    stream.previousSender = this.last;
    stream.nextSender = undefined;
    if (this.last === undefined) this.first = stream;
    else this.last.nextSender = stream;
    this.last = stream;
  }

  remove(stream: Stream): void {
    if (!stream.isSender) return;
    stream.isSender = false;
    const { previousSender, nextSender } = stream;
    if (previousSender === undefined) this.first = nextSender;
    else previousSender.nextSender = nextSender;
    if (nextSender === undefined) this.last = previousSender;
    else nextSender.previousSender = previousSender;
    stream.previousSender = undefined;
    stream.nextSender = undefined;
  }

  /** To the end of the line. */
  rotate(stream: Stream): void {
    this.remove(stream);
    this.add(stream);
  }
}
