import { beforeEach, expect, it } from 'vitest';
import { METHODS } from '../../../src/core/api/index.ts';
import { callCounters } from '../../../src/server/metrics/call-counters.ts';
import { MetricsRegistry } from '../../../src/server/metrics/registry.ts';
import { Metadata } from '../../../src/wire/grpc/metadata.ts';

const PUT = METHODS.put.path;
const WATCH = METHODS.watch.path;

let registry: MetricsRegistry;
beforeEach(() => void (registry = new MetricsRegistry()));

const lines = (pattern: RegExp): string[] =>
  registry
    .expose()
    .split('\n')
    .filter((line) => pattern.test(line));

it('counts requests by what their client speaks', () => {
  const counters = callCounters(registry, false);
  counters.started(PUT, Metadata.of({ 'client-api-version': '3.6' }));
  counters.started(PUT, Metadata.of({ 'client-api-version': '3.6' }));
  counters.started(PUT, Metadata.empty);
  counters.started(WATCH, Metadata.of({ 'client-api-version': '3.5' }));
  counters.started('/none/None', Metadata.empty);
  expect(lines(/^etcd_server_client_requests_total/)).toEqual([
    'etcd_server_client_requests_total{client_api_version="3.6",type="unary"} 2',
    'etcd_server_client_requests_total{client_api_version="unknown",type="unary"} 1',
    'etcd_server_client_requests_total{client_api_version="3.5",type="stream"} 1',
  ]);
});

it('keeps no series for everything that clients may say', () => {
  const counters = callCounters(registry, false);
  for (let i = 0; i < 2000; i++) counters.started(PUT, Metadata.of({ 'client-api-version': String(i) }));
  const series = lines(/^etcd_server_client_requests_total/);
  expect(series).toHaveLength(1000);
  expect(series).toContain('etcd_server_client_requests_total{client_api_version="unknown",type="unary"} 1001');
});

it('times calls where that was asked for, and only there', () => {
  expect(callCounters(registry, false).took).toBeUndefined();
  expect(lines(/handling_seconds/)).toEqual([]);
  const call = { path: PUT, peer: { remoteAddress: '', encrypted: false }, requestBytes: 0, responseBytes: 0 };
  callCounters(registry, true).took!(call, 0.02);
  const [put] = lines(/^grpc_server_handling_seconds_sum.*"Put"/);
  expect(put).toMatch(/grpc_service="etcdserverpb.KV".*grpc_type="unary"\} 0.02$/);
  expect(lines(/^grpc_server_handling_seconds_bucket.*"Put".*le="0.025"/)[0]).toMatch(/ 1$/);
  // Of every method from the start, as the counters.
  expect(lines(/^grpc_server_handling_seconds_count/)).toHaveLength(Object.keys(METHODS).length);
});
