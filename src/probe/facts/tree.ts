/**
 * The part of /proc and /sys that facts are read from, handed in: the host's own, or a recorded tree of another machine.
 */
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';

export interface Tree {
  /** The text of a file; undefined where it is missing or may not be read. */
  text(path: string): string | undefined;
  /** The target of a symbolic link as it is written; undefined where there is none. */
  link(path: string): string | undefined;
  /** Names in a directory, sorted; none where it is missing or may not be read. */
  names(path: string): readonly string[];
}

export function hostTree(): Tree {
  return {
    text: (path) => attempt(() => readFileSync(path, 'utf8')),
    link: (path) => attempt(() => readlinkSync(path)),
    names: (path) => attempt(() => readdirSync(path).sort()) ?? [],
  };
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** A tree as data: what `--record-facts` writes and the tests read. */
export interface RecordedTree {
  /** 'recorded', or 'built from' and the sources that it was put together from. */
  readonly origin: string;
  /** The machine in a few words. */
  readonly machine: string;
  /** The path that the volume facts were asked for. */
  readonly path: string;
  readonly files: Readonly<Record<string, string>>;
  readonly links: Readonly<Record<string, string>>;
}

export function recordedTree({ files, links }: Pick<RecordedTree, 'files' | 'links'>): Tree {
  const paths = [...Object.keys(files), ...Object.keys(links)];
  return {
    text: (path) => files[path],
    link: (path) => links[path],
    names(path) {
      const prefix = path.endsWith('/') ? path : `${path}/`;
      const below = paths.filter((one) => one.startsWith(prefix));
      return [...new Set(below.map((one) => one.slice(prefix.length).split('/', 1)[0]!))].sort();
    },
  };
}

/** A tree that remembers what was read through it; `keep` may shorten a file, or drop it. */
export function recordingTree(
  tree: Tree,
  keep: (path: string, text: string) => string | undefined,
): { readonly tree: Tree; readonly files: Record<string, string>; readonly links: Record<string, string> } {
  const files: Record<string, string> = {};
  const links: Record<string, string> = {};
  return {
    files,
    links,
    tree: {
      text(path) {
        const text = tree.text(path);
        const kept = text === undefined ? undefined : keep(path, text);
        if (kept !== undefined) files[path] = kept;
        return text;
      },
      link(path) {
        const target = tree.link(path);
        if (target !== undefined) links[path] = target;
        return target;
      },
      names(path) {
        const names = tree.names(path);
        // A directory of links, such as a mapped device's slaves, is known by its links.
        for (const name of names) {
          const target = tree.link(`${path}/${name}`);
          if (target !== undefined) links[`${path}/${name}`] = target;
        }
        return names;
      },
    },
  };
}
