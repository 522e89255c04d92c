/**
 * Answers to transactions. Those that only read over many keys are read and written piece by piece, as long ranges are, and
 * show the store as it was when their first piece was read.
 */
import type { TxnRequest, TxnResponse } from '../../core/api/index.ts';
import { OpenedTxn, type Applied } from '../../core/mvcc/index.ts';
import type { UnaryCall } from '../../wire/grpc/call.ts';
import { codecs, encodeHeader, TxnResponseParts } from '../../wire/messages/index.ts';
import type { Member } from '../member/member.ts';
import type { LongAnswers } from './long-answers.ts';
import { failCall } from './serving.ts';

export class TxnAnswers {
  readonly #member: Member;
  readonly #long: LongAnswers;

  constructor(member: Member, long: LongAnswers) {
    this.#member = member;
    this.#long = long;
  }

  /** One that only reads. Throws futureRevision or compacted. */
  read(request: TxnRequest, call: UnaryCall): void {
    this.#answer(this.#member.store.openTxn(request), call);
  }

  /** One that came through the log, in the turn in which it was applied. */
  applied(response: Applied['response'], call: UnaryCall): void {
    if (!(response instanceof OpenedTxn)) {
      this.#respond(response as TxnResponse<Uint8Array>, call);
      return;
    }
    try {
      this.#answer(response, call);
    } catch (error) {
      failCall(call, error);
    }
  }

  #answer(opened: OpenedTxn, call: UnaryCall): void {
    const whole = opened.inOnePiece();
    if (whole !== undefined) {
      this.#respond(whole, call);
      return;
    }
    const { store, headerPrefix, term } = this.#member;
    const parts = new TxnResponseParts(headerPrefix, opened.headerRevision, term);
    const pieces = opened.pieces(parts);
    this.#long.add({
      call,
      store,
      get bytes() {
        return parts.bytes;
      },
      goOn: () => pieces.next().done === true,
      whole: () => parts.whole(),
      stop: () => {
        pieces.return();
        parts.drop();
      },
      again: () => this.read(opened.request, call),
    });
  }

  #respond(response: TxnResponse<Uint8Array>, call: UnaryCall): void {
    const header = encodeHeader(this.#member.headerPrefix, response.header?.revision ?? 0, this.#member.term);
    const message = { header, succeeded: response.succeeded, responses: response.responses };
    const codec = codecs.TxnResponse;
    call.respondWith(codec.size(message), (into, offset) => codec.write(message, into, offset));
  }
}
