/** Compiled files, which worker threads and child processes start from even where the caller runs from source. */

/** URL of a file under `dist/`, for example `storage/wal/log-worker.js`. */
export function compiledEntry(path: string): URL {
  // src/platform and dist/platform lie equally deep.
  return new URL(`../../dist/${path}`, import.meta.url);
}
