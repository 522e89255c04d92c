/**
 * The mount that a path lies on, from /proc/self/mountinfo.
 *
 * Source: proc_pid_mountinfo(5).
 */
export interface Mount {
  readonly major: number;
  readonly minor: number;
  /** The directory of the filesystem that is mounted: not `/` for a bind mount or a subvolume. */
  readonly root: string;
  readonly mountPoint: string;
  /** Options of the mount and of the filesystem, each once. */
  readonly options: readonly string[];
  readonly filesystem: string;
  readonly source: string;
}

export function parseMounts(mountinfo: string): Mount[] {
  return mountinfo.split('\n').flatMap((line) => {
    const fields = line.split(' ');
    // Optional fields stand before a lone hyphen.
    const separator = fields.indexOf('-', 6);
    const [major, minor] = (fields[2] ?? '').split(':').map(Number);
    if (separator === -1 || major === undefined || minor === undefined) return [];
    const own = (fields[5] ?? '').split(',');
    const shared = (fields[separator + 3] ?? '').split(',');
    return [
      {
        major,
        minor,
        root: unescape(fields[3] ?? ''),
        mountPoint: unescape(fields[4] ?? ''),
        options: [...new Set([...own, ...shared])].filter((option) => option !== ''),
        filesystem: fields[separator + 1] ?? '',
        source: unescape(fields[separator + 2] ?? ''),
      },
    ];
  });
}

/** The mount that holds an absolute path with its links resolved; of several on one point the last, which hides the rest. */
export function mountOf(mounts: readonly Mount[], path: string): Mount | undefined {
  let best: Mount | undefined;
  for (const mount of mounts) {
    const inside = mount.mountPoint === '/' || path === mount.mountPoint || path.startsWith(`${mount.mountPoint}/`);
    if (inside && (best === undefined || mount.mountPoint.length >= best.mountPoint.length)) best = mount;
  }
  return best;
}

/** Blank, tab, newline and backslash are written as octal. */
function unescape(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));
}
