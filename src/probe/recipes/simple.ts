/** The recipes of one load and one verdict: `wal`, the two of fio, and `backend`. */
import { emptyLatency, isMeasured } from '../../core/run/index.ts';
import { fixedSize, meanBytes, type RecordSizes } from '../load/record-sizes.ts';
import type { AppendSpec, PagesSpec } from '../load/load.ts';
import { BACKEND_COMMITS_PER_S } from '../load/pages-load.ts';
import type { Measurement } from '../measurement.ts';
import { loadSpec, measureOptions, walShape, type RecipeContext, type RecipeResult, type RecipeRun } from './recipe.ts';

const MIB = 1 << 20;

export const walRecipe: RecipeRun = async (context) => {
  const shape = walShape(context);
  const spec = loadSpec(context, shape, context.options.ratePerS);
  const main = await context.measure('wal', measureOptions(context, spec, { maxDurationS: 60, minDurationS: 5 }));
  return appendResult(main, shape);
};

/** One pass over a file of 22 MiB, as fio's --size ends it. */
export const fio2300Recipe: RecipeRun = (context) => fioRecipe(context, 'fio-2300', 2300, 22 * MIB, 'stop');

/** 60 s over a file of 100 MiB, from its start again when full, as --time_based does. */
export const fio8000Recipe: RecipeRun = (context) => fioRecipe(context, 'fio-8000', 8000, 100 * MIB, 'again');

async function fioRecipe(
  context: RecipeContext,
  name: string,
  blockBytes: number,
  fileBytes: number,
  atEnd: 'stop' | 'again',
): Promise<RecipeResult> {
  const { options } = context;
  const directory = context.nextDirectory();
  const shape: AppendSpec = { kind: 'append', directory, fileBytes, recordSizes: fixedSize(blockBytes), atEnd };
  const maxDurationS = atEnd === 'stop' ? 3600 : 60;
  const spec = loadSpec(context, shape, options.ratePerS);
  // Comparable only when whole: no early stop.
  const main = await context.measure(name, measureOptions(context, spec, { maxDurationS, minDurationS: Infinity }));
  return appendResult(main, shape);
}

export function appendResult(main: Measurement, shape: AppendSpec): RecipeResult {
  return {
    main,
    syncs: main.samples,
    probe: {
      walFsyncMs: main.syncMs,
      writeMs: main.writeMs,
      ...(isMeasured(main.switchMs) ? { segmentSwitchMs: main.switchMs } : {}),
      method: appendMethod(shape.recordSizes, shape.fileBytes, main.samples),
    },
  };
}

function appendMethod(recordSizes: RecordSizes, fileBytes: number, samples: number) {
  return { writeBytes: Math.round(meanBytes(recordSizes)), fileBytes, samples };
}

/** A database of 128 MiB, 64 pages a commit: 2.5 MB/s of scattered writes. Assumed. */
export function backendShape(directory: string): PagesSpec {
  return { kind: 'pages', directory, fileBytes: 128 * MIB, pageBytes: 4096, pagesPerCommit: 64 };
}

export const backendRecipe: RecipeRun = async (context) => {
  const shape = backendShape(context.nextDirectory());
  const spec = loadSpec(context, shape, BACKEND_COMMITS_PER_S);
  const main = await context.measure(
    'backend',
    measureOptions(context, spec, { maxDurationS: 120, minDurationS: 5, judged: 'write-and-sync' }),
  );
  return {
    main,
    syncs: main.samples,
    probe: {
      walFsyncMs: emptyLatency(),
      backendCommitMs: main.judgedMs,
      writeMs: main.writeMs,
      method: { writeBytes: shape.pageBytes * shape.pagesPerCommit, fileBytes: shape.fileBytes, samples: main.samples },
    },
  };
};
