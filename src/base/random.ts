/**
 * Randomness, handed in and reproducible: xoshiro128** seeded through splitmix32.
 *
 * Source: Blackman and Vigna, "Scrambled linear pseudorandom number generators" (2021).
 */

/** A stream of random numbers; the same seed gives the same stream on every machine. */
export interface Random {
  /** A whole number in [0, 2^32). */
  uint32(): number;
  /** A number in [0, 1) with 53 random bits. */
  float(): number;
  /** A whole number in [0, bound), for 0 < bound ≤ 2^53. */
  below(bound: number): number;
  /** An independent stream, so that one consumer's draws do not shift another's. */
  fork(): Random;
}

export function seededRandom(seed: number): Random {
  let mix = seed >>> 0;
  const next = (): number => {
    mix = (mix + 0x9e3779b9) | 0;
    let t = mix ^ (mix >>> 16);
    t = Math.imul(t, 0x21f0aaad);
    t ^= t >>> 15;
    t = Math.imul(t, 0x735a2d97);
    return (t ^ (t >>> 15)) >>> 0;
  };
  // The upper half of a seed past 2^32 counts too.
  mix = (mix ^ Math.imul(Math.floor(seed / 4294967296) | 0, 0x9e3779b9)) >>> 0;
  return xoshiro(next(), next(), next(), next());
}

function xoshiro(a: number, b: number, c: number, d: number): Random {
  const uint32 = (): number => {
    const scrambled = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotate(d, 11);
    return scrambled;
  };
  const float = (): number => ((uint32() >>> 5) * 67108864 + (uint32() >>> 6)) / 9007199254740992;
  return {
    uint32,
    float,
    below: (bound) => Math.floor(float() * bound),
    fork: () => xoshiro(uint32(), uint32(), uint32(), uint32() | 1),
  };
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}
