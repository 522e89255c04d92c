import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonError } from '../../../src/wire/gateway/json-error.ts';
import { JsonSplitter, parseJson } from '../../../src/wire/gateway/json-text.ts';

describe('values end to end', () => {
  it('are cut apart wherever the chunks end', () => {
    // A scalar needs white space behind it, as in any stream of JSON.
    const values = fc.array(
      fc.json().map((text) => `${text} `),
      { maxLength: 5 },
    );
    fc.assert(
      fc.property(values, fc.array(fc.nat(40)), fc.constantFrom('', ' ', '\n\t '), (texts, cuts, space) => {
        const whole = space + texts.join(space);
        const splitter = new JsonSplitter();
        const found: string[] = [];
        let at = 0;
        for (const cut of cuts) found.push(...splitter.push(whole.slice(at, (at += cut))));
        found.push(...splitter.push(whole.slice(at)));
        expect(found).toEqual(texts.map((text) => text.trim()));
        expect(splitter.end()).toBeUndefined();
      }),
    );
  });

  it('that are cut short are what is left', () => {
    const splitter = new JsonSplitter();
    expect(splitter.push('{"a":1}{"b":')).toEqual(['{"a":1}']);
    expect(splitter.pendingLength).toBe(5);
    expect(splitter.end()).toBe('{"b":');
    expect(splitter.push(' 12')).toEqual([]);
    expect(splitter.end()).toBe('12');
  });

  it('take time linear in their length', () => {
    const splitter = new JsonSplitter();
    for (let i = 0; i < 2000; i++) splitter.push(' '.repeat(1000));
    for (let i = 0; i < 2000; i++) splitter.push('['.repeat(1000));
    expect(splitter.pendingLength).toBe(2_000_000);
    expect(new JsonSplitter().push('{} '.repeat(20_000)).length).toBe(20_000);
  });
});

describe('parsing', () => {
  it('keeps integers that a double would round', () => {
    expect(parseJson('{"ID":7587862072907113732,"n":[-9007199254740993, 12],"s":"1234567890123456789"}')).toEqual({
      ID: '7587862072907113732',
      n: ['-9007199254740993', 12],
      s: '1234567890123456789',
    });
    expect(parseJson('[1.1234567890123456789, 1e1234567890123456, "\\"", "\\\\", 1234567890123456]')).toEqual([
      1.1234567890123457,
      Infinity,
      '"',
      '\\',
      '1234567890123456',
    ]);
  });

  it.each(['{"a":1,"a":1}', '[{"b":{"a":1,"c":":","a":2}}]', '{"a":{},"\\u0061":1}'])(
    'refuses a name twice: %s',
    (text) => {
      expect(() => parseJson(text)).toThrow('twice');
    },
  );

  it('knows a colon in a string from one behind a name, as deep as it may be', () => {
    expect(parseJson('{"a:b":":","c":{"a:b":"\\":"}}')).toEqual({ 'a:b': ':', c: { 'a:b': '":' } });
    const depth = 5000;
    expect(() => parseJson('{"a":'.repeat(depth) + '1' + '}'.repeat(depth))).not.toThrow();
  });

  it('is JSON.parse for everything else', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const long = (_key: string, value: unknown): unknown =>
          Number.isInteger(value) && /^-?\d{16,}$/.test(String(value)) ? String(value) : value;
        expect(parseJson(text)).toEqual(JSON.parse(text, long));
      }),
    );
  });

  it.each(['', '{', '{"a"', '{"a":}', '"', 'nope', '{"a":1}}'])('refuses %j', (text) => {
    expect(() => parseJson(text)).toThrow(JsonError);
  });
});
