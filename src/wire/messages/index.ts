/**
 * etcd's messages as protobuf bytes, on Node's Buffers.
 *
 *     codecs.PutRequest.encode({ key, value })        // a Buffer
 *     codecs.RangeResponse.decode(bytes).kvs          // every field present, proto3 defaults
 *
 * What is promised: whatever the bytes, a decoder returns or throws DecodeError, in time and memory linear in their number;
 * unknown fields and groups are passed over; 64-bit integers follow `core/api/schema/notation.ts`. Decoded `bytes` fields are
 * views of the input and live only as long as it stays unchanged: copy what is kept beyond the tick. Of a message field that
 * comes twice the last one counts (other implementations merge them; no encoder writes such).
 *
 * The server's hot path has `answers.ts` (answers around spliced KeyValues) and `raft-request.ts` (a request wrapped into a raft
 * entry as it came). Hand-written codecs are in `hot/`; `generic.ts` makes the others from the schema.
 */
export {
  deleteRangeResponseSize,
  encodeHeader,
  encodeHeaderPrefix,
  encodeRangeEnd,
  encodeRangeHeader,
  encodeWatchEvents,
  putResponseSize,
  rangeResponseSize,
  watchEventsSize,
  writeDeleteRangeResponse,
  writePutResponse,
  writeRangeKvs,
  writeRangeResponse,
  writeWatchEvents,
} from './answers.ts';
export { BlockWriter } from './block-writer.ts';
export { codecs, type Codecs } from './codecs.ts';
export type { Codec } from './part.ts';
export {
  raftRequestMessage,
  raftRequestSize,
  readRaftRequest,
  writeRaftRequest,
  type RaftRequest,
  type RaftRequestKind,
} from './raft-request.ts';
export { TxnResponseParts } from './txn-parts.ts';
export { DecodeError } from '../../core/api/index.ts';
