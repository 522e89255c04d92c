/** The instants at which a source's operations should be sent, in order. Open loop: nothing here waits for an answer. */
import type { Random } from '../../base/random.ts';
import type { Levels } from './levels.ts';
import type { Arrivals } from './profile.ts';

/** The next intended instant in milliseconds from the start of the warm-up; undefined when there are no more. */
export type ArrivalStream = () => number | undefined;

/** The instants of open-loop arrivals, or of the rate limit of a closed loop; undefined where a loop has no limit. */
export function arrivalStream(arrivals: Arrivals, levels: Levels, random: Random): ArrivalStream | undefined {
  switch (arrivals.kind) {
    case 'constant':
      return paced(levels, arrivals.rate, EVENLY);
    case 'poisson':
      return paced(levels, arrivals.rate, randomly(random));
    case 'bursts':
      return grouped(paced(levels, arrivals.rate / arrivals.burst, randomly(random)), arrivals.burst);
    case 'recorded':
      return recorded(
        arrivals.offsets.toSorted((a, b) => a - b),
        arrivals.every,
        levels.durationMs,
      );
    case 'closed':
      return arrivals.rate === undefined ? undefined : paced(levels, arrivals.rate, EVENLY);
  }
}

/** Gaps between arrivals, one on average. */
interface Gaps {
  readonly first: number;
  next(): number;
}

/** Half a gap in, so that a source of one arrival a phase has it inside the phase. */
const EVENLY: Gaps = { first: 0.5, next: () => 1 };

function randomly(random: Random): Gaps {
  const next = (): number => -Math.log(1 - random.float());
  return { first: next(), next };
}

/** Arrivals whose gaps in load are those given, scaled to the rate. */
function paced(levels: Levels, ratePerS: number, gaps: Gaps): ArrivalStream {
  if (ratePerS === 0) return () => undefined;
  const loadPerArrival = 1_000 / ratePerS;
  let arrivals = gaps.first;
  return () => {
    const at = levels.instantOf(arrivals * loadPerArrival);
    arrivals += gaps.next();
    return at;
  };
}

function grouped(groups: ArrivalStream, size: number): ArrivalStream {
  let at: number | undefined;
  let left = 0;
  return () => {
    if (left === 0) {
      at = groups();
      left = size;
    }
    left--;
    return at;
  };
}

/** Offsets once, or again `every` so many milliseconds. */
function recorded(offsetsMs: readonly number[], everyMs: number | undefined, durationMs: number): ArrivalStream {
  let next = 0;
  return () => {
    const round = Math.floor(next / offsetsMs.length);
    if (round > 0 && everyMs === undefined) return undefined;
    const at = offsetsMs[next % offsetsMs.length]! + round * (everyMs ?? 0);
    next++;
    return at < durationMs ? at : undefined;
  };
}
