import type { RangeResponse, ResponseOp, TxnResponse } from '../api/types.ts';
import { headerAt } from './header.ts';
import type { RangeEnd } from './range-pieces.ts';
import type { TxnSink } from './read-txn.ts';

/** Makes a reading transaction's answer one response. */
export class TxnTree implements TxnSink {
  /** Whole when the transaction has ended. As in etcd, nested ones say nothing in their header. */
  readonly response: TxnResponse<Uint8Array>;
  private readonly headerRevision: number;
  private readonly open: TxnResponse<Uint8Array>[] = [];
  private range: RangeResponse<Uint8Array> | undefined;

  constructor(headerRevision: number) {
    this.headerRevision = headerRevision;
    this.response = { header: headerAt(headerRevision), succeeded: false, responses: [] };
  }

  beginTxn(succeeded: boolean): void {
    const parent = this.open.at(-1);
    if (parent === undefined) {
      this.response.succeeded = succeeded;
      this.open.push(this.response);
    } else {
      const nested: TxnResponse<Uint8Array> = { header: headerAt(0), succeeded, responses: [] };
      parent.responses.push(responseOp(undefined, nested));
      this.open.push(nested);
    }
  }

  beginRange(): void {
    this.range = { header: headerAt(this.headerRevision), kvs: [], more: false, count: 0 };
    this.open.at(-1)!.responses.push(responseOp(this.range, undefined));
  }

  addKvs(kvs: readonly Uint8Array[]): void {
    for (const kv of kvs) this.range!.kvs.push(kv);
  }

  endRange({ more, count }: RangeEnd): void {
    this.range!.more = more;
    this.range!.count = count;
    this.range = undefined;
  }

  endTxn(): void {
    this.open.pop();
  }

  /** Tells another what this one was told so far, while the whole has not ended. */
  tell(sink: TxnSink): void {
    if (this.open.length > 0) this.tellTxn(this.response, sink);
  }

  private tellTxn(txn: TxnResponse<Uint8Array>, sink: TxnSink): void {
    sink.beginTxn(txn.succeeded);
    for (const { responseRange, responseTxn } of txn.responses) {
      if (responseTxn !== undefined) this.tellTxn(responseTxn, sink);
      if (responseRange === undefined) continue;
      sink.beginRange();
      sink.addKvs(responseRange.kvs);
      if (responseRange !== this.range) sink.endRange(responseRange);
    }
    if (!this.open.includes(txn)) sink.endTxn();
  }
}

export function responseOp(
  responseRange: RangeResponse<Uint8Array> | undefined,
  responseTxn: TxnResponse<Uint8Array> | undefined,
): ResponseOp<Uint8Array> {
  return { responseRange, responsePut: undefined, responseDeleteRange: undefined, responseTxn };
}
