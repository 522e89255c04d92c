/** What the options of `etcdmark probe` mean: checked before minutes are spent on measuring. */
import { UsageError } from '../base/errors.ts';
import { NEIGHBOURS, parseBudget, parseRecordSizes, RECIPES, type ProbeOptions, type Recipe } from '../probe/index.ts';
import { durationS, oneOf, positive, seedOf } from './options.ts';

export interface MeasureArguments {
  readonly path: string[] | undefined;
  readonly recipe: string;
  readonly budget: string | undefined;
  readonly duration: string | undefined;
  readonly rate: number | undefined;
  readonly confidence: number | undefined;
  readonly recordSizes: string | undefined;
  readonly projectRate: number | undefined;
  readonly neighbour: string[] | undefined;
  readonly seed: number;
  readonly liveEtcdAtRisk: boolean;
  readonly fromFio: string | undefined;
  readonly withFio: boolean;
}

export type FioRecipe = 'fio-2300' | 'fio-8000';

export interface ProbeSettings {
  readonly options: Omit<ProbeOptions, 'path'> & { readonly recipe: Recipe };
  readonly seed: number;
  /** The recipe that fio itself is to run, too. */
  readonly fio: FioRecipe | undefined;
}

/** Throws UsageError for a value that is none, and for options that do nothing with this recipe. */
export function probeSettings(args: MeasureArguments): ProbeSettings {
  const recipe = oneOf('--recipe', args.recipe, Object.keys(RECIPES) as Recipe[]);
  const { budget, recordSizes, neighbour, confidence, projectRate } = args;
  const longestS = durationS('duration', args.duration);
  const ratePerS = positive('rate', args.rate);
  const projectedRatePerS = positive('project-rate', projectRate);
  if (confidence !== undefined && !(confidence >= 0.5 && confidence < 1)) {
    throw new UsageError(`--confidence: ${confidence} is not from 0.5 to below 1, such as 0.99`);
  }
  if (ratePerS !== undefined && (recipe === 'ladder' || recipe === 'backend')) {
    throw new UsageError(`--rate: '${recipe}' has rates of its own; use wal, together, sustained or a fio recipe`);
  }
  if (projectRate !== undefined && recipe !== 'sustained') {
    throw new UsageError('--project-rate goes with --recipe sustained, which looks for the end of burst credits');
  }
  if (recordSizes !== undefined && (isFio(recipe) || recipe === 'backend')) {
    throw new UsageError(`--record-sizes: '${recipe}' has sizes of its own; use wal, together, ladder or sustained`);
  }
  const neighbours = neighbour?.map((name) => oneOf('--neighbour', name, NEIGHBOURS));
  if (neighbours !== undefined && recipe !== 'together') {
    throw new UsageError('--neighbour goes with --recipe together, which puts them beside the WAL');
  }
  if (args.withFio && !isFio(recipe)) {
    throw new UsageError('--with-fio goes with --recipe fio-2300 or fio-8000, which are fio’s own');
  }
  assertNothingToMeasure(args);
  return {
    options: {
      recipe,
      ...(budget === undefined ? {} : { budget: parseBudget(budget) }),
      ...(longestS === undefined ? {} : { durationS: longestS }),
      ...(ratePerS === undefined ? {} : { ratePerS }),
      ...(projectedRatePerS === undefined ? {} : { projectedRatePerS }),
      ...(recordSizes === undefined ? {} : { recordSizes: parseRecordSizes(recordSizes) }),
      ...(confidence === undefined ? {} : { confidence }),
      ...(neighbours === undefined ? {} : { neighbours }),
      liveEtcdAtRisk: args.liveEtcdAtRisk,
    },
    seed: seedOf(args.seed),
    fio: args.withFio && isFio(recipe) ? recipe : undefined,
  };
}

/** Figures of fio are judged as they are: what says how to measure would do nothing. */
function assertNothingToMeasure({ fromFio, path = [], ...args }: MeasureArguments): void {
  if (fromFio === undefined) return;
  const given = {
    '--duration': args.duration,
    '--rate': args.rate,
    '--record-sizes': args.recordSizes,
    '--project-rate': args.projectRate,
    '--neighbour': args.neighbour,
    '--with-fio': args.withFio || undefined,
    '--live-etcd-at-risk': args.liveEtcdAtRisk || undefined,
  };
  const flags = Object.entries(given).flatMap(([flag, value]) => (value === undefined ? [] : flag));
  const [first] = [...path, ...flags];
  if (first !== undefined) throw new UsageError(`--from-fio judges what was measured: leave out ${first}`);
}

function isFio(recipe: Recipe): recipe is FioRecipe {
  return recipe === 'fio-2300' || recipe === 'fio-8000';
}
