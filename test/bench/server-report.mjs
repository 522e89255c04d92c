// What slices of both servers come to: a ratio with its interval, and whether it meets its target.
import { seededRandom } from '../../dist/base/random.js';
import { comparePaired } from '../../dist/core/stats/index.js';
import { KINDS } from './server-target.mjs';

/** Source: the project's own bar. */
export const RATE = { least: 1.5 };
export const TAIL = { most: 1.1, isTail: true };
export const LONE_CLIENT = { most: 1.1 };
export const MEMORY = { most: 1.2 };
export const START = { most: 1.5 };
export const NONE = undefined;

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const short = (value) => (value >= 1000 ? value.toFixed(0) : value.toPrecision(3));

function judged([low, high], target) {
  if (target === undefined) return '';
  const { least, most, isTail } = target;
  const want = least === undefined ? `≤ ${most}` : `≥ ${least}`;
  const isMet = least === undefined ? high <= most : low >= least;
  const isMissed = least === undefined ? low > most : high < least;
  const isPassed = isMet || (isTail === true && !isMissed);
  return `  ${want}: ${isPassed ? 'met' : isMissed ? 'NOT MET' : 'cannot tell'}`;
}

/** Prints one line: `pick` takes its figure from a slice; with a target it is judged. */
export function report(name, slices, pick, target, unit = '') {
  const pairs = slices.ours.map((ours, i) => ({ candidate: pick(ours), baseline: pick(slices.etcd[i]) }));
  const better = target?.least === undefined ? 'lower' : 'higher';
  const { ratio, interval } = comparePaired(pairs, { random: seededRandom(1), better, minimumEffect: 0.05 });
  const medians = KINDS.map((kind) => short(median(slices[kind].map(pick)))).join(' : ');
  const range = interval.map((bound) => bound.toPrecision(3)).join(', ');
  console.log(
    `${name.padEnd(52)} ${ratio.toPrecision(3).padStart(5)} [${range}]${judged(interval, target)}  (${medians}${unit})`,
  );
}
