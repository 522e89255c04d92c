/**
 * Reads what `strace -f -y -xx` wrote: each system call with the places in the trace where it began and ended. A call that
 * another thread's call interrupted in the output (`<unfinished ...>`, `<... resumed>`) is put together again. Lines stand in
 * the order in which the tracer saw calls enter and leave the kernel, so `endedAt < beganAt` means: happened before.
 */

export interface TracedCall {
  readonly name: string;
  /** The path or socket behind the call's first argument, `socket:[4711]`; empty where it is no descriptor. */
  readonly target: string;
  /** The bytes of all string arguments one after the other, cut at the tracer's limit. */
  readonly bytes: Buffer;
  readonly result: number;
  /** Line numbers. */
  readonly beganAt: number;
  readonly endedAt: number;
}

const LINE = /^(\d+) +(.*)$/;
const UNFINISHED = /^(.*?) *<unfinished \.\.\.>$/;
const RESUMED = /^<\.\.\. (\w+) resumed> *(.*)$/;
const CALL = /^(\w+)\((?:\d+<((?:\\x[0-9a-f]{2}|[^>\\])*)>)?(.*)\) += (-?\d+)/s;

/** Calls that never ended (the process died in them) are left out. */
export function parseTrace(text: string): TracedCall[] {
  const calls: TracedCall[] = [];
  const open = new Map<string, { readonly text: string; readonly beganAt: number }>();
  text.split('\n').forEach((line, at) => {
    const [, thread, rest] = LINE.exec(line) ?? [];
    if (thread === undefined || rest === undefined) return;
    const begun = UNFINISHED.exec(rest);
    if (begun !== null) {
      open.set(thread, { text: begun[1]!, beganAt: at });
      return;
    }
    const resumed = RESUMED.exec(rest);
    const start = resumed === null ? undefined : open.get(thread);
    if (resumed !== null && start === undefined) return;
    open.delete(thread);
    const call = parseCall(start === undefined ? rest : start.text + resumed![2]!, start?.beganAt ?? at, at);
    if (call !== undefined) calls.push(call);
  });
  return calls;
}

function parseCall(text: string, beganAt: number, endedAt: number): TracedCall | undefined {
  const match = CALL.exec(text);
  if (match === null) return undefined;
  const [, name = '', target = '', rest = '', result] = match;
  return { name, target: unescapeHex(target), bytes: stringArguments(rest), result: Number(result), beganAt, endedAt };
}

function stringArguments(text: string): Buffer {
  const pieces = [...text.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)].map(([, hex]) => fromHex(hex!));
  return Buffer.concat(pieces);
}

function unescapeHex(text: string): string {
  return text.replace(/(?:\\x[0-9a-f]{2})+/g, (hex) => fromHex(hex).toString());
}

function fromHex(escaped: string): Buffer {
  return Buffer.from(escaped.replaceAll('\\x', ''), 'hex');
}
