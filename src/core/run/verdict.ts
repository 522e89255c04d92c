import { z } from 'zod';

/** Three answers, never two. */
export const VerdictSchema = z.enum(['pass', 'fail', 'inconclusive']);
export type Verdict = z.infer<typeof VerdictSchema>;
