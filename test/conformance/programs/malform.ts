/** Takes a request that is right and gives one field, anywhere in it, a wrong wire type. */
import { SCHEMA, type FieldRow, type MessageName } from '../../../src/core/api/index.ts';
import { isFields, Malformed, type Fields, type Value } from '../values.ts';
import type { Choices } from './choices.ts';

export function malformed(c: Choices, message: MessageName, request: Fields): Fields {
  const places: [MessageName, string[]][] = [];
  collect(message, request, [], places);
  // Deep in a transaction lie many ranges and puts; the messages have equal chances.
  const [name] = c.one([...new Map(places).entries()]);
  const [, path] = c.one(places.filter(([other]) => other === name));
  const field = c.one(Object.keys(SCHEMA[name]));
  return withField(request, path, field) as Fields;
}

function collect(message: MessageName, fields: Fields, path: string[], places: [MessageName, string[]][]): void {
  const rows = SCHEMA[message] as Readonly<Record<string, FieldRow>>;
  if (Object.keys(rows).length > 0) places.push([message, path]);
  for (const [name, value] of Object.entries(fields)) {
    const type = rows[name]![1].replace(/\[\]$|\?$/, '');
    if (!(type in SCHEMA)) continue;
    const items: readonly Value[] = Array.isArray(value) ? (value as readonly Value[]) : [value];
    for (const [i, item] of items.entries()) {
      if (isFields(item))
        collect(type as MessageName, item, [...path, name, ...(Array.isArray(value) ? [String(i)] : [])], places);
    }
  }
}

function withField(value: Value, path: readonly string[], field: string): Value {
  const [step, ...rest] = path;
  if (step === undefined) return { ...(value as Fields), [field]: new Malformed() };
  if (Array.isArray(value)) {
    return (value as readonly Value[]).map((item, i) => (String(i) === step ? withField(item, rest, field) : item));
  }
  const fields = value as Fields;
  return { ...fields, [step]: withField(fields[step]!, rest, field) };
}
