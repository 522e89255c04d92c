import { describe, expect, it } from 'vitest';
import { METHODS } from '../../../src/core/api/index.ts';
import { jsonLogger } from '../../../src/server/log.ts';
import { observeCalls } from '../../../src/server/metrics/call-times.ts';
import { MetricsRegistry } from '../../../src/server/metrics/registry.ts';
import { requestText } from '../../../src/server/metrics/request-text.ts';
import type { EndedCall } from '../../../src/wire/grpc/call.ts';
import { ManualClock } from '../../support/manual-clock.ts';

function observed() {
  const clock = new ManualClock();
  const registry = new MetricsRegistry();
  const lines: Record<string, unknown>[] = [];
  const write = (line: string): void => void lines.push(JSON.parse(line) as Record<string, unknown>);
  const log = jsonLogger({ level: 'info', room: 'test', clock, write });
  const observer = observeCalls({ clock, log, registry, warningUnaryMs: 300, extensiveMetrics: false });
  const call = (path: string, tookMs: number): void => {
    const call: EndedCall = {
      path,
      peer: { remoteAddress: '127.0.0.1:1', encrypted: false },
      requestBytes: 20,
      responseBytes: 5,
      subject: { key: 'foo' },
    };
    observer.took!(call, tookMs / 1000);
  };
  return { call, lines };
}

describe('a call that has ended', () => {
  it('is logged where it is unary and took longer than is allowed', () => {
    const { call, lines } = observed();
    call(METHODS.put.path, 300);
    call(METHODS.watch.path, 301);
    call('/no.Such/Method', 301);
    expect(lines).toEqual([]);
    call(METHODS.put.path, 301);
    expect(lines).toMatchObject([
      {
        level: 'warn',
        msg: 'request stats',
        'time spent': '301.000ms',
        remote: '127.0.0.1:1',
        'response type': '/etcdserverpb.KV/Put',
        'request size': 20,
        'response size': 5,
        'request content': 'key:"foo"',
      },
    ]);
  });
});

describe('requestText', () => {
  it('has the fields that are set, and of values their sizes', () => {
    const put = { key: 'a\n"', value: Buffer.from('secret'), lease: 7n, prevKv: true, ignoreValue: false };
    expect(requestText(put)).toBe('key:"a\\n\\"" value_size:6 lease:7 prev_kv:true');
    const txn = { compare: [{ target: 1, key: 'k' }, { key: 'l' }], success: [{ requestPut: put }], failure: [] };
    expect(requestText(txn)).toBe(
      'compare:<target:1 key:"k"> compare:<key:"l"> ' +
        'success:<request_put:<key:"a\\n\\"" value_size:6 lease:7 prev_kv:true>>',
    );
    expect(requestText({ revision: 0, key: '', value: Buffer.alloc(0), leaseGrant: undefined })).toBe('');
  });

  it('ends where nobody would read on', () => {
    const text = requestText({ key: 'k'.repeat(2000) });
    expect(text).toHaveLength(1001);
    expect(text.endsWith('k…')).toBe(true);
  });
});
