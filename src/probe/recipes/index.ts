/** The recipes by name. */
import type { Recipe } from '../options.ts';
import type { RecipeRun } from './recipe.ts';
import { SEGMENT_BYTES } from '../../storage/wal/index.ts';
import { backendRecipe, fio2300Recipe, fio8000Recipe, walRecipe } from './simple.ts';
import { ladderRecipe } from './ladder.ts';
import { sustainedRecipe } from './sustained.ts';
import { NEIGHBOUR_FILE_BYTES, togetherRecipe } from './together.ts';

export const RECIPE_RUNS: Readonly<Record<Recipe, RecipeRun>> = {
  wal: walRecipe,
  'fio-2300': fio2300Recipe,
  'fio-8000': fio8000Recipe,
  backend: backendRecipe,
  together: togetherRecipe,
  ladder: ladderRecipe,
  sustained: sustainedRecipe,
};

const MIB = 1 << 20;

/** Two segments live at once and a third is being removed; the overhang of the last record is small beside that. */
const WAL_BYTES = 3 * SEGMENT_BYTES + 8 * MIB;

const SPACE: Readonly<Record<Recipe, number>> = {
  wal: WAL_BYTES,
  'fio-2300': 32 * MIB,
  'fio-8000': 112 * MIB,
  backend: 140 * MIB,
  together: WAL_BYTES + 140 * MIB + 4 * NEIGHBOUR_FILE_BYTES,
  ladder: WAL_BYTES,
  sustained: WAL_BYTES,
};

/** Free bytes that a recipe asks for before it starts. */
export function spaceNeeded(recipe: Recipe): number {
  return SPACE[recipe];
}
