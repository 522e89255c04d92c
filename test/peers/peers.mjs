/** Where the real etcds lie that `npm run peers` builds. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, URL } from 'node:url';

/** Outside of git; a folder for each version, with etcd, etcdctl and etcdutl. */
export const PEERS_FOLDER = fileURLToPath(new URL('../../dist/peers/', import.meta.url));

/** Those that the bundled server has been compared with, beside the 3.4 that Debian has. */
export const VERSIONS = ['3.5.35', '3.6.16', '3.7.3'];

const VERSION = /^\d+\.\d+\.\d+$/;

export function isVersion(text) {
  return VERSION.test(text);
}

/** The etcd of a version that has been built, or the path or name that was given. */
export function etcdOf(given) {
  if (!isVersion(given)) return given;
  const path = join(PEERS_FOLDER, given, 'etcd');
  if (!existsSync(path)) throw new Error(`etcd ${given} is not built: npm run peers -- ${given}`);
  return path;
}
