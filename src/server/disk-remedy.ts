/** What to do about a member that ended because of its disk. */
import { errorMessage } from '../base/errors.ts';

/** In the words of `DiskError` and of LMDB. */
const IS_FULL = /no space left on (the )?device|disk quota exceeded/i;

/** The error's text, and what would be right where room is all that is missing. */
export function withDiskRemedy(error: unknown): string {
  const text = errorMessage(error);
  if (!IS_FULL.test(text)) return text;
  return `${text}; make room on that volume and start the member again: it has lost nothing that it acknowledged`;
}
