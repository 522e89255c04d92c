import type { Run } from './run.ts';

/** What a Run's figures are looked up in: the Run, or as much of it as there is yet. */
type Figures = Pick<Run, 'operations' | 'total'>;

/**
 * The figure at a place in the Run (`total.responseMs.p99`, `operations.create.errors`), or undefined where nothing was
 * measured. `total.errorShare` and `operations.<class>.errorShare` are errors over scheduled requests,
 * `completedShare` completed over scheduled. A class may have dots in its name.
 */
export function figureAt(run: Figures, path: string): number | undefined {
  const names = namesOf(run, path);
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

/** `operations.update example.com/widgets.errors`: the class is one name. */
function namesOf({ operations }: Figures, path: string): string[] {
  const name = Object.keys(operations).find((each) => path.startsWith(`operations.${each}.`));
  if (name === undefined) return path.split('.');
  return ['operations', name, ...path.slice(`operations.${name}.`.length).split('.')];
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
