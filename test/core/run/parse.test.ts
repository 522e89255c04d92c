import { describe, expect, it } from 'vitest';
import { OperationError, UsageError } from '../../../src/base/errors.ts';
import { parseProbe, parseRun, serializeProbe, serializeRun } from '../../../src/core/run/index.ts';
import { buildProbe, buildRun } from '../../support/run-builder.ts';

const text = serializeRun(buildRun({ durationS: 4 }));
const changed = (changes: object): string => JSON.stringify({ ...(JSON.parse(text) as object), ...changes });

describe('parseRun', () => {
  it('reads what serializeRun wrote, to the same bytes again', () => {
    const run = parseRun(text, 'run.json');
    expect(run).toEqual(buildRun({ durationS: 4 }));
    expect(serializeRun(run)).toBe(text);
  });

  it('writes the same bytes whatever the order of the keys', () => {
    const reversed = Object.fromEntries(Object.entries(buildRun({ durationS: 4 })).reverse());
    expect(serializeRun(reversed as never)).toBe(text);
  });

  it('calls a Run that was cut anywhere truncated', () => {
    const end = text.trimEnd().length;
    for (let length = 1; length < end; length += 997) {
      expect(() => parseRun(text.slice(0, length), 'run.json')).toThrow(OperationError);
      expect(() => parseRun(text.slice(0, length), 'run.json')).toThrow(/^run\.json: truncated/);
    }
  });

  it.each([
    ['', /empty/],
    ['<html></html>', /not JSON/],
    ['[1]', /not a JSON object/],
    ['{"a":1}}', /not JSON/],
    ['{}', /not a run document but some other JSON/],
    [changed({ kind: 'probe' }), /but a probe document/],
    [changed({ schemaVersion: 2 }), /version 2, newer than this etcdmark reads \(1\)/],
    [changed({ schemaVersion: 0 }), /schemaVersion must be a whole number/],
    [changed({ schemaVersion: '1' }), /schemaVersion must be a whole number/],
    [changed({ surprise: 1 }), /unknown key "surprise"/],
    [changed({ target: { kind: 'bundled', version: '1', members: 3, extra: true } }), /target: unknown key "extra"/],
    [changed({ seed: 'x' }), /seed: invalid input: expected (number|int)/],
    [changed({ total: {}, seed: -1 }), /and \d+ more/],
  ])('refuses %.40s in one line', (bad, message) => {
    expect(() => parseRun(bad, 'run.json')).toThrow(UsageError);
    try {
      parseRun(bad, 'run.json');
    } catch (error) {
      expect((error as Error).message).toMatch(message);
      expect((error as Error).message).not.toMatch(/\n/);
    }
  });

  it('keeps a key with a line break on one line', () => {
    expect(() => parseRun(changed({ 'a\nb': 1 }), 'run.json')).toThrow(/unknown key "a\\nb"/);
  });
});

describe('a Latency', () => {
  const withTotal = (responseMs: object): string => {
    const run = JSON.parse(text) as { total: object };
    return changed({ total: { ...run.total, responseMs } });
  };
  const figures = { min: 1, p50: 1, p90: 1, p99: 1, p999: 1, max: 1, mean: 1 };

  it.each([
    [{ count: 0, ...figures, hdr: null }, /count 0 has nulls/],
    [{ count: 2, ...figures, p50: null, hdr: 'x' }, /has figures/],
    [{ count: 2, ...figures, hdr: null }, /keeps its histogram/],
  ])('is whole or empty', (latency, message) => {
    expect(() => parseRun(withTotal(latency), 'run.json')).toThrow(message);
  });
});

describe('serializeRun', () => {
  it('refuses to write what it would not read', () => {
    expect(() => serializeRun({ ...buildRun({ durationS: 2 }), durationS: NaN })).toThrow(/durationS/);
  });
});

describe('parseProbe', () => {
  it('reads what serializeProbe wrote', () => {
    const probe = buildProbe({ samples: 100 });
    expect(parseProbe(serializeProbe(probe), 'probe.json')).toEqual(probe);
  });

  it('refuses a Run', () => {
    expect(() => parseProbe(text, 'run.json')).toThrow(/not a probe document but a run document/);
  });
});
