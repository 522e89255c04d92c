// What a run of a profile came to, in forms that can be compared between targets.

/** Without a warm-up (on which side of its end a request falls depends on answers), and with jobs of half a second. */
export function shortened(profile) {
  const sources = profile.sources.map((source) =>
    source.model === 'pod' ? { ...source, bindAfter: 50, statusEvery: 50, runFor: 300 } : source,
  );
  return { ...profile, sources, warmup: 0 };
}

/** Requests of each class that no conflict made necessary. */
export function appliedRequests({ operations }) {
  return Object.fromEntries(
    Object.entries(operations).map(([name, { completed, conflicts }]) => {
      const resource = name.replace(/^get /, '');
      const askedAgain = name === resource ? 0 : (operations[`create ${resource}`]?.conflicts ?? 0);
      return [name, completed - conflicts - askedAgain];
    }),
  );
}

/** The version of every key under a prefix. */
export async function keysUnder(control, prefix) {
  const rangeEnd = prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);
  const { kvs } = await control.range({ key: prefix, rangeEnd, keysOnly: true });
  return Object.fromEntries(kvs.map(({ key, version }) => [key, version]));
}

/** Broken promises that the final audit found; a run without an audit has broken one. */
export function violationsIn(audit) {
  if (audit === undefined) return 1;
  const { lostWrites, doubledWrites, revisionRegressions, watchGaps, watchDisorders } = audit;
  return lostWrites + doubledWrites + revisionRegressions + watchGaps + watchDisorders;
}
