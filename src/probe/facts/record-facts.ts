/** Records the tree that the facts of one path were read from, to be contributed as a test fixture. */
import { hostIdentity } from './host-settings.ts';
import { mountOf, parseMounts } from './mounts.ts';
import { recordingTree, type RecordedTree, type Tree } from './tree.ts';
import { volumeFacts } from './volume.ts';

/** Only what the facts need: other mounts and other disks are nobody's business, nor are serial numbers. */
export function recordFacts(tree: Tree, path: string): RecordedTree {
  const recording = recordingTree(tree, (file, text) => {
    if (file === '/proc/self/mountinfo') return ownMounts(text, path);
    if (file === '/proc/self/cgroup') return ioControllers(text);
    if (file.endsWith('/serial')) return '0'.repeat(text.trim().length);
    return text;
  });
  volumeFacts(recording.tree, path);
  return {
    origin: 'recorded',
    machine: hostIdentity(tree).replaceAll('\n', ' ') || 'unnamed',
    path,
    files: recording.files,
    links: recording.links,
  };
}

function ownMounts(mountinfo: string, path: string): string {
  const own = mountOf(parseMounts(mountinfo), path);
  return mountinfo
    .split('\n')
    .filter((line) => parseMounts(line)[0]?.mountPoint === own?.mountPoint && own !== undefined)
    .join('\n');
}

function ioControllers(cgroups: string): string {
  return cgroups
    .split('\n')
    .filter((line) => /^0::|^\d+:([^:]*,)?blkio[,:]/.test(line))
    .join('\n');
}
