/**
 * The codecs beside protobufjs: `node test/bench/messages.mjs` after a build. Both get the same bytes; ours also turns keys
 * into strings, and to answer it splices KeyValues that are encoded already, as the server has them. Tasks alternate, so that a
 * noisy neighbour slows both.
 */
import { Buffer } from 'node:buffer';
import { readFileSync, readdirSync } from 'node:fs';
import { URL } from 'node:url';
import protobuf from 'protobufjs';
import { Bench } from 'tinybench';
import { encodeKeyValue } from '../../dist/core/api/index.js';
import {
  codecs,
  encodeHeaderPrefix,
  putResponseSize,
  raftRequestSize,
  rangeResponseSize,
  readRaftRequest,
  writePutResponse,
  writeRaftRequest,
  writeRangeResponse,
} from '../../dist/wire/messages/index.js';

const protos = new URL('../wire/messages/proto/', import.meta.url);
const root = new protobuf.Root();
for (const file of readdirSync(protos)) protobuf.parse(readFileSync(new URL(file, protos), 'utf8'), root);
root.resolveAll();
const theirs = Object.fromEntries(
  ['PutRequest', 'PutResponse', 'TxnRequest', 'RangeResponse', 'InternalRaftRequest'].map((name) => [
    name,
    root.lookupType(`etcdserverpb.${name}`),
  ]),
);

const key = '/registry/pods/namespace-17/deployment-5d4f8c7b9d-x2x9z';
const keyBytes = Buffer.from(key, 'latin1');
const value = Buffer.alloc(256, 'v');
const header = { clusterId: 14841639068965178418n, memberId: 10276657743932975437n, revision: 123456789, raftTerm: 7 };
const longs = {
  clusterId: protobuf.util.Long.fromString('14841639068965178418', true),
  memberId: protobuf.util.Long.fromString('10276657743932975437', true),
  revision: protobuf.util.Long.fromNumber(123456789),
  raftTerm: protobuf.util.Long.fromNumber(7, true),
};
const kv = { key, createRevision: 1234567, modRevision: 123456789, version: 12, value, lease: 0n };
const storedKv = encodeKeyValue(kv);
const theirKv = {
  key: keyBytes,
  createRevision: protobuf.util.Long.fromNumber(1234567),
  modRevision: protobuf.util.Long.fromNumber(123456789),
  version: protobuf.util.Long.fromNumber(12),
  value,
};
const txn = {
  compare: [{ result: 0, target: 2, key, modRevision: 123456789 }],
  success: [{ requestPut: { key, value } }],
  failure: [{ requestRange: { key } }],
};
const theirTxn = {
  compare: [{ result: 0, target: 2, key: keyBytes, modRevision: longs.revision }],
  success: [{ requestPut: { key: keyBytes, value } }],
  failure: [{ requestRange: { key: keyBytes } }],
};

const into = Buffer.alloc(1 << 20);
const prefix = encodeHeaderPrefix(header.clusterId, header.memberId);
const pairs = [];
const pair = (name, ours, reference) => pairs.push({ name, ours, reference });

const put = codecs.PutRequest.encode({ key, value });
pair(
  'encode PutRequest',
  () => codecs.PutRequest.write({ key, value }, into, 0),
  () => theirs.PutRequest.encode({ key: keyBytes, value }).finish(),
);
pair(
  'decode PutRequest',
  () => codecs.PutRequest.decode(put),
  () => theirs.PutRequest.decode(put),
);
const putAnswer = codecs.PutResponse.encode({ header });
pair(
  'answer PutResponse',
  () => {
    putResponseSize(prefix, header.revision, header.raftTerm, undefined);
    writePutResponse(prefix, header.revision, header.raftTerm, undefined, into, 0);
  },
  () => theirs.PutResponse.encode({ header: longs }).finish(),
);
pair(
  'decode PutResponse',
  () => codecs.PutResponse.decode(putAnswer),
  () => theirs.PutResponse.decode(putAnswer),
);
const txnBytes = codecs.TxnRequest.encode(txn);
pair(
  'encode TxnRequest (update)',
  () => codecs.TxnRequest.write(txn, into, 0),
  () => theirs.TxnRequest.encode(theirTxn).finish(),
);
pair(
  'decode TxnRequest (update)',
  () => codecs.TxnRequest.decode(txnBytes),
  () => theirs.TxnRequest.decode(txnBytes),
);
pair(
  'wrap and find a raft entry',
  () => {
    const size = raftRequestSize(123456789, '', 0, 'put', put);
    writeRaftRequest(123456789, '', 0, 'put', put, into, 0);
    readRaftRequest(into.subarray(0, size));
  },
  () => {
    const message = { header: { ID: longs.revision }, put: { key: keyBytes, value } };
    theirs.InternalRaftRequest.decode(theirs.InternalRaftRequest.encode(message).finish());
  },
);
for (const count of [1, 1000]) {
  const stored = Array.from({ length: count }, () => storedKv);
  const objects = Array.from({ length: count }, () => theirKv);
  const bytes = codecs.RangeResponse.encode({ header, kvs: stored, count });
  pair(
    `answer RangeResponse of ${count}`,
    () => {
      rangeResponseSize(prefix, header.revision, header.raftTerm, stored, false, count);
      writeRangeResponse(prefix, header.revision, header.raftTerm, stored, false, count, into, 0);
    },
    () => theirs.RangeResponse.encode({ header: longs, kvs: objects, count }).finish(),
  );
  pair(
    `decode RangeResponse of ${count}`,
    () => codecs.RangeResponse.decode(bytes),
    () => theirs.RangeResponse.decode(bytes),
  );
}

// Each pair in slices that alternate, the median of each side's slices against the other's.
const SLICES = 5;
const timeMs = Number(process.env.ETCDMARK_BENCH_SLICE_MS ?? 60);
const rows = [];
for (const { name, ours, reference } of pairs) {
  const results = { ours: [], reference: [] };
  for (let slice = 0; slice < SLICES; slice++) {
    const bench = new Bench({ time: timeMs, warmupTime: timeMs / 4 });
    // A batch per sample, because one call is shorter than the clock's step.
    const batch = name.includes('1000') ? 1 : 100;
    const repeat = (call) => () => {
      for (let i = 0; i < batch; i++) call();
    };
    bench.add('ours', repeat(ours)).add('reference', repeat(reference));
    await bench.run();
    for (const task of bench.tasks) results[task.name].push((task.result.latency.p50 * 1e6) / batch);
  }
  const median = (list) => list.sort((a, b) => a - b)[list.length >> 1];
  const [oursNs, referenceNs] = [median(results.ours), median(results.reference)];
  rows.push({
    message: name,
    'ours ns': Math.round(oursNs),
    'protobufjs ns': Math.round(referenceNs),
    ratio: Number((referenceNs / oursNs).toFixed(1)),
  });
}
console.table(rows);
