/** Requests that are right but for one field, anywhere in them, with a wrong wire type: every field of all in turn. */
import { METHODS, SCHEMA, type FieldRow, type MessageName, type MethodName } from '../../../src/core/api/index.ts';
import { from, type PeerVersion } from '../../support/peer-version.ts';
import { isFields, Malformed, type Fields, type Value } from '../values.ts';
import type { Choices } from './choices.ts';

/** What older versions of etcd do not know, so that its wire type is nothing to them, and what knows it. */
const NEWER_FIELDS = new Map([['MemberListRequest.linearizable', from('3.5')]]);
/** A message deep in a transaction is not in every sample. */
const SAMPLES = 300;

interface Target {
  readonly message: MessageName;
  readonly field: string;
  /** Whose requests may hold the message. */
  readonly methods: readonly MethodName[];
}

export class MalformedRequests {
  private readonly c: Choices;
  private readonly sample: (method: MethodName) => Fields;
  private readonly targets: readonly Target[];
  private waiting: Target[] = [];

  /** `sample` makes a right request of a method. */
  constructor(c: Choices, methods: readonly MethodName[], peer: PeerVersion, sample: (method: MethodName) => Fields) {
    this.c = c;
    this.sample = sample;
    this.targets = targetsOf(methods).filter(
      ({ message, field }) => NEWER_FIELDS.get(`${message}.${field}`)?.(peer) ?? true,
    );
  }

  next(): { readonly method: MethodName; readonly request: Fields } {
    if (this.waiting.length === 0) this.waiting = [...this.targets];
    const [{ message, field, methods }] = this.waiting.splice(this.c.below(this.waiting.length), 1) as [Target];
    for (let i = 0; i < SAMPLES; i++) {
      const method = this.c.one(methods);
      const request = this.sample(method);
      const paths: string[][] = [];
      collect(METHODS[method].request, request, [], message, paths);
      if (paths.length > 0) return { method, request: withField(request, this.c.one(paths), field) as Fields };
    }
    throw new Error(`no sample of ${methods.join(', ')} holds a ${message}`);
  }
}

function targetsOf(methods: readonly MethodName[]): Target[] {
  const holders = new Map<MessageName, MethodName[]>();
  for (const method of methods) {
    for (const message of within(METHODS[method].request, new Set())) {
      holders.set(message, [...(holders.get(message) ?? []), method]);
    }
  }
  return [...holders].flatMap(([message, of]) =>
    Object.keys(SCHEMA[message]).map((field) => ({ message, field, methods: of })),
  );
}

/** The message and all that it may hold. */
function within(message: MessageName, found: Set<MessageName>): Set<MessageName> {
  if (found.has(message)) return found;
  found.add(message);
  for (const [, type] of Object.values(SCHEMA[message] as Readonly<Record<string, FieldRow>>)) {
    const inner = messageIn(type);
    if (inner !== undefined) within(inner, found);
  }
  return found;
}

/** Finds where in a request a message stands. */
function collect(message: MessageName, fields: Fields, path: string[], wanted: MessageName, paths: string[][]): void {
  if (message === wanted) paths.push(path);
  const rows = SCHEMA[message] as Readonly<Record<string, FieldRow>>;
  for (const [name, value] of Object.entries(fields)) {
    const type = messageIn(rows[name]![1]);
    if (type === undefined) continue;
    const items: readonly Value[] = Array.isArray(value) ? (value as readonly Value[]) : [value];
    for (const [i, item] of items.entries()) {
      const place = [...path, name, ...(Array.isArray(value) ? [String(i)] : [])];
      if (isFields(item)) collect(type, item, place, wanted, paths);
    }
  }
}

function messageIn(type: string): MessageName | undefined {
  const name = type.replace(/\[\]$|\?$/, '');
  return name in SCHEMA ? (name as MessageName) : undefined;
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
