import type { Run } from './run.ts';

/**
 * The figure at a place in the Run (`total.responseMs.p99`, `operations.create.errors`), or undefined where nothing was
 * measured. `total.errorShare` and `operations.<class>.errorShare` are errors over scheduled requests,
 * `completedShare` completed over scheduled.
 */
export function figureAt(run: Run, path: string): number | undefined {
  const names = path.split('.');
  const last = names.at(-1);
  if (last === 'errorShare' || last === 'completedShare') {
    const stats = walk(run, names.slice(0, -1));
    const part = numberIn(stats, last === 'errorShare' ? 'errors' : 'completed');
    const scheduled = numberIn(stats, 'scheduled');
    return part === undefined || scheduled === undefined || scheduled === 0 ? undefined : part / scheduled;
  }
  const value = walk(run, names);
  return typeof value === 'number' ? value : undefined;
}

function walk(from: unknown, names: readonly string[]): unknown {
  let value = from;
  for (const name of names) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return value;
}

function numberIn(value: unknown, name: string): number | undefined {
  const found = walk(value, [name]);
  return typeof found === 'number' ? found : undefined;
}
