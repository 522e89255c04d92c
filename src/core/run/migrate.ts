/** Lifting documents of older versions to the present one, a step a version. */

export type JsonObject = { readonly [key: string]: unknown };

/** `migrations[n]` turns a document of version n into one of version n + 1. It may assume that the document was valid. */
export type Migrations = { readonly [version: number]: (older: JsonObject) => JsonObject };

/** Version 1 is the first. */
export const RUN_MIGRATIONS: Migrations = {};

/** The document at version `to`; the caller has made sure that `from` is a version between 1 and `to`. */
export function migrate(document: JsonObject, from: number, to: number, migrations: Migrations): JsonObject {
  let lifted = document;
  for (let version = from; version < to; version++) {
    const step = migrations[version];
    if (step === undefined) throw new RangeError(`no migration from version ${version}`);
    lifted = { ...step(lifted), schemaVersion: version + 1 };
  }
  return lifted;
}
