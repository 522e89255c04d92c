/** Profiles by name or by file. */
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { UsageError, errorMessage, firstLine } from '../base/errors.ts';
import { composeProfile, parseProfile, scalesBy } from '../core/workload/index.ts';
import type { ClusterSize, Profile } from '../core/workload/index.ts';
import { compiledEntry } from '../platform/entry.ts';

/** Shipped beside the program. */
const PROFILES = fileURLToPath(compiledEntry('../profiles'));
const EXTENSION = '.yaml';

/** The names of the shipped profiles. */
export function profileNames(): string[] {
  return readdirSync(PROFILES)
    .filter((file) => file.endsWith(EXTENSION))
    .map((file) => basename(file, EXTENSION))
    .sort();
}

/** The text of a shipped profile or of a file. Throws UsageError where there is none. */
export function profileText(nameOrFile: string): string {
  const shipped = join(PROFILES, nameOrFile + EXTENSION);
  if (/^[a-z0-9-]+$/.test(nameOrFile) && existsSync(shipped)) return readFileSync(shipped, 'utf8');
  const looksLikeFile = nameOrFile.includes('/') || ['.yaml', '.yml', '.json'].includes(extname(nameOrFile));
  if (!looksLikeFile && !existsSync(nameOrFile)) {
    throw new UsageError(`no profile "${nameOrFile}"; there are ${profileNames().join(', ')}, or give a file`);
  }
  try {
    if (!statSync(nameOrFile).isFile()) throw new UsageError(`${nameOrFile} is not a file; a profile is a YAML file`);
    return readFileSync(nameOrFile, 'utf8');
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`profile ${nameOrFile} cannot be read: ${errorMessage(error)}`);
  }
}

/** A profile whole, with all that it includes. Throws UsageError in one line for whatever is wrong with it. */
export function loadProfile(nameOrFile: string, size: ClusterSize = {}): Profile {
  const profile = parsedProfile(nameOrFile);
  assertScales(profile, size);
  return composeProfile(profile, shipped, size);
}

function shipped(name: string): Profile | undefined {
  return profileNames().includes(name) ? parsedProfile(name) : undefined;
}

/** A size that changes nothing would be measured and reported as if it had. */
function assertScales(profile: Profile, size: ClusterSize): void {
  for (const [flag, unit] of [
    ['nodes', 'node'],
    ['pods', 'pod'],
  ] as const) {
    if (size[flag] === undefined || scalesBy(profile, shipped).has(unit)) continue;
    const others = profileNames().filter((name) => scalesBy(parsedProfile(name), shipped).has(unit));
    throw new UsageError(
      `--${flag}: nothing in profile "${profile.name}" is per ${unit}, so it would change nothing; ` +
        `of the shipped profiles ${others.join(', ')} can take it, and --rate-scale goes with every profile`,
    );
  }
}

function parsedProfile(nameOrFile: string): Profile {
  const text = profileText(nameOrFile);
  let data: unknown;
  try {
    data = parse(text);
  } catch (error) {
    throw new UsageError(`${nameOrFile}: is not YAML: ${firstLine(error)}`);
  }
  return parseProfile(data, nameOrFile);
}
