/**
 * Whether an etcd lives on the probed device: then a heavy probe would do to it what the probe looks for.
 *
 * An open WAL on the same device is proof. Where another user's descriptors may not be read, an etcd process counts by its
 * `--data-dir`; a `member/` directory on the path counts too, because from inside a container its process is not visible.
 */
import type { Tree } from './tree.ts';

export interface LiveEtcd {
  /** One clause: what was seen. */
  readonly evidence: string;
}

const OPEN_WAL = /\/member\/wal\/[^/]+\.wal$/;

/** `path` with its links resolved; `deviceOf` gives the device number of a path, undefined where it cannot be looked at. */
export function findLiveEtcd(
  tree: Tree,
  path: string,
  deviceOf: (path: string) => number | undefined,
): LiveEtcd | undefined {
  const device = deviceOf(path);
  for (const pid of tree.names('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const descriptors = tree.names(`/proc/${pid}/fd`);
    const wal = descriptors.map((one) => tree.link(`/proc/${pid}/fd/${one}`) ?? '').find((link) => OPEN_WAL.test(link));
    if (wal !== undefined && (deviceOf(wal) ?? device) === device) {
      return { evidence: `process ${pid} has ${wal} open on this device` };
    }
    if (descriptors.length > 0 || tree.text(`/proc/${pid}/comm`)?.trim() !== 'etcd') continue;
    const directory = dataDirectory(tree.text(`/proc/${pid}/cmdline`) ?? '');
    if (directory === undefined || (deviceOf(directory) ?? device) === device) {
      return { evidence: `etcd runs as process ${pid}${directory === undefined ? '' : ` on ${directory}`}` };
    }
  }
  const member = [`${path}/member`, /^(.*\/member)(\/.*)?$/.exec(path)?.[1]].find(
    (one) => one !== undefined && deviceOf(`${one}/wal`) !== undefined,
  );
  return member === undefined ? undefined : { evidence: `${member} holds a member's WAL, in use or not` };
}

function dataDirectory(commandLine: string): string | undefined {
  const args = commandLine.split('\0');
  const at = args.findIndex((arg) => /^--?data-dir(=|$)/.test(arg));
  if (at === -1) return undefined;
  return args[at]?.split('=', 2)[1] ?? args[at + 1];
}
