/**
 * From what property tests draw. In CI it is one seed for all, so that what passed passes again: a landing is not refused by
 * chance. Elsewhere each test draws a seed of its own, which fast-check prints with a failure; `PROPERTY_SEED=<that seed>`
 * plays it again.
 */
import fc from 'fast-check';

const CI_SEED = 20_261_120;

const given = process.env['PROPERTY_SEED'];
if (given !== undefined) {
  const seed = Number(given);
  if (given === '' || !Number.isInteger(seed)) throw new Error(`PROPERTY_SEED=${given} is not a whole number`);
  fc.configureGlobal({ seed });
} else if (process.env['CI']) {
  fc.configureGlobal({ seed: CI_SEED });
}
