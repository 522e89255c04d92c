/**
 * Where a setting's text comes from, by etcd's precedence: a config file alone; else the command line over `ETCD_*`
 * variables over the defaults. Pure: what the file holds is handed in.
 */
import { OperationError, UsageError } from '../../base/errors.ts';
import { ALIASES, FLAGS, findFlag, type FlagName } from './flags.ts';

/** Every flag's text, and which were set by the user. */
export interface Settings {
  readonly text: Readonly<Record<FlagName, string>>;
  readonly given: ReadonlySet<FlagName>;
}

export interface SettingsSource {
  /** Arguments after the command's name, in Go's flag syntax: `--name x`, `--name=x`, `-name x`, `--bool`. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Reads and parses the YAML file that --config-file names. */
  readonly readConfigFile: (path: string) => unknown;
}

/** Throws UsageError where the command line cannot be read, OperationError where what it names or holds is refused. */
export function collectSettings(source: SettingsSource): Settings {
  const line = parseArguments(source.argv);
  const file = line.configFile ?? source.env['ETCD_CONFIG_FILE'];
  if (file !== undefined && file !== '') return fromFile(source.readConfigFile(file), file);
  const fromEnvironment = parseEnvironment(source.env);
  return settle(new Map([...fromEnvironment, ...line.values]));
}

function parseArguments(argv: readonly string[]): { values: Map<FlagName, string>; configFile: string | undefined } {
  const values = new Map<FlagName, string>();
  const names = new Map<FlagName, string>();
  let configFile: string | undefined;
  for (let i = 0; i < argv.length; i++) {
    const match = /^--?([a-zA-Z][\w-]*)(?:=([\s\S]*))?$/.exec(argv[i]!);
    if (match === null) throw new OperationError(`unexpected argument '${argv[i]}': flags are written --name=value`);
    const [, name = '', inline] = match;
    const isFile = name === 'config-file';
    const known = isFile ? undefined : findFlag(name);
    if (!isFile && known === undefined) throw new UsageError(`flag provided but not defined: --${name}`);
    let value = inline;
    if (value === undefined) {
      if (known !== undefined && FLAGS[known].kind === 'flag') value = 'true';
      else if (i + 1 < argv.length) value = argv[++i]!;
      else throw new UsageError(`flag needs an argument: --${name}`);
    }
    if (isFile) configFile = value;
    else {
      refuseBothNames(names, known!, name);
      values.set(known!, value);
    }
  }
  return { values, configFile };
}

/** A flag by its own name and by an older one: as etcd says, that leaves open which of the two counts. */
function refuseBothNames(names: Map<FlagName, string>, known: FlagName, name: string): void {
  const other = names.get(known) ?? name;
  if (other !== name) {
    throw new OperationError(`--${other} and --${name} are one flag, set twice: use only --${known}`);
  }
  names.set(known, name);
}

function parseEnvironment(env: SettingsSource['env']): Map<FlagName, string> {
  const values = new Map<FlagName, string>();
  // A flag's own name comes last, and counts.
  for (const name of [...Object.keys(ALIASES), ...Object.keys(FLAGS)]) {
    const value = env[`ETCD_${name.toUpperCase().replaceAll('-', '_')}`];
    if (value !== undefined && value !== '') values.set(findFlag(name)!, value);
  }
  return values;
}

/** Sections of the file, and what stands before their flags' names on the command line. */
const SECURITY_SECTIONS: ReadonlyMap<string, string> = new Map([
  ['client-transport-security', ''],
  ['peer-transport-security', 'peer-'],
]);

function fromFile(content: unknown, path: string): Settings {
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new OperationError(`${path}: a configuration file is a YAML mapping of flag names to values`);
  }
  const values = new Map<FlagName, string>();
  for (const [key, value] of Object.entries(content as Record<string, unknown>)) {
    const prefix = SECURITY_SECTIONS.get(key);
    if (prefix === undefined) setFromFile(values, key, value, path);
    else
      for (const [inner, setting] of sectionEntries(key, value, path))
        setFromFile(values, prefix + inner, setting, path);
  }
  return settle(values);
}

function setFromFile(values: Map<FlagName, string>, key: string, value: unknown, path: string): void {
  if (value === null || value === undefined) return;
  const name = findFlag(key);
  if (name === undefined) throw new OperationError(`${path}: unknown key '${key}'`);
  if (typeof value === 'object' && !Array.isArray(value))
    throw new OperationError(`${path}: '${key}' is not a mapping`);
  const written = Array.isArray(value) ? value.map(scalarText).join(',') : scalarText(value);
  // In the file a duration is a whole number of nanoseconds.
  values.set(name, FLAGS[name].kind === 'duration' && /^\d+$/.test(written) ? `${written}ns` : written);
}

function sectionEntries(key: string, value: unknown, path: string): [string, unknown][] {
  if (value === null || value === undefined) return [];
  if (typeof value !== 'object' || Array.isArray(value))
    throw new OperationError(`${path}: '${key}' is a mapping of TLS settings`);
  return Object.entries(value as Record<string, unknown>);
}

function scalarText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function settle(values: ReadonlyMap<FlagName, string>): Settings {
  const text = Object.fromEntries(
    Object.entries(FLAGS).map(([name, spec]) => [name, values.get(name as FlagName) ?? spec.initial]),
  ) as Record<FlagName, string>;
  for (const [name, value] of values) {
    const spec = FLAGS[name];
    if ('refused' in spec && value !== spec.initial) {
      throw new UsageError(`--${name}=${value} is not supported: ${spec.refused}`);
    }
  }
  return { text, given: new Set(values.keys()) };
}
