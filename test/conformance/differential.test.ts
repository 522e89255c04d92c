/** A taste of the differential test; the long runs are `node test/conformance/main.mjs`. */
import { expect, it } from 'vitest';
import { compiledEntry } from '../../src/platform/entry.ts';
import { describeWithPeers, peerPath } from '../support/peers.ts';
import { describeDifference, differ } from './differential.ts';

const REQUESTS = 3000;

describeWithPeers(['etcd'], 'the bundled server beside a real etcd', () => {
  it(`answers ${REQUESTS} requests alike`, async () => {
    const program = compiledEntry('cli/main.js').href;
    const report = await differ({ seed: 1, requests: REQUESTS, etcd: peerPath('etcd'), program });
    expect(describeDifference(report, 40)).toBe('no difference');
    expect(report.coverage.requests).toBeGreaterThanOrEqual(REQUESTS);
    const { fields, errors } = report.coverage;
    for (const field of [
      'RangeRequest.limit',
      'PutRequest.lease',
      'Compare.target',
      'WatchCreateRequest.startRevision',
    ]) {
      const { absent, valid, invalid } = fields.get(field)!;
      expect(Math.min(absent, valid, invalid), field).toBeGreaterThan(0);
    }
    const expected = ['compacted', 'futureRevision', 'leaseNotFound', 'duplicateKey', 'emptyKey'];
    expect(expected.filter((name) => !errors.has(name))).toEqual([]);
  });
});
