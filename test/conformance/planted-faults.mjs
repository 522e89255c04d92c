/**
 * Faults that the differential test must find, each within `requests` requests of seed 1: edits of the server's sources,
 * each of a text that stands exactly once in its file. They run in a copy of dist/ in which only the edited files differ.
 */
import { COMPACTIONS } from './planted-faults/compactions.mjs';
import { LEASES } from './planted-faults/leases.mjs';
import { RANGES } from './planted-faults/ranges.mjs';
import { TRANSACTIONS } from './planted-faults/transactions.mjs';
import { WATCHES } from './planted-faults/watches.mjs';

export const PLANTED_FAULTS = [...RANGES, ...TRANSACTIONS, ...COMPACTIONS, ...WATCHES, ...LEASES];
