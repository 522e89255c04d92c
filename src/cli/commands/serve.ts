/**
 * `etcdmark serve`: one member, as a stand-in for the etcd binary: etcd's flags, exit codes, signals and log lines.
 * It takes its arguments as they are, because they are etcd's and not this program's.
 */
import { spawn } from 'node:child_process';
import { createWriteStream, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { setFlagsFromString } from 'node:v8';
import { randomBytes } from 'node:crypto';
import type * as Yaml from 'yaml';
import { errorMessage, OperationError, firstLine } from '../../base/errors.ts';
import { seededRandom } from '../../base/random.ts';
import { backgroundTimers, realClock } from '../../platform/clock.ts';
import { hardExit } from '../hard-exit.ts';
import { nodeDisk } from '../../platform/node-disk.ts';
import { DEFAULT_STOP_GRACE_MS, endAfterGrace, type BoundedEndOptions } from '../../server/bounded-end.ts';
import { memberConfig, type MemberConfig } from '../../server/config/member-config.ts';
import { serveHelp } from '../../server/config/help.ts';
import { takeExperimentFlags } from '../../server/config/experiments.ts';
import { gatewayRoute } from '../../server/http/gateway-route.ts';
import { jsonLogger, type Logger } from '../../server/log.ts';
import { withDiskRemedy } from '../../server/disk-remedy.ts';
import { MemberRemovedError } from '../../server/membership/removed.ts';
import { hasFaults } from '../../server/peer/link-faults.ts';
import type { DiskModel } from '../../storage/disk-models/index.ts';
import { startMember, type StartedMember } from '../../server/start-member.ts';
import { ETCD_VERSION } from '../../server/version.ts';
import { EXIT, type CliContext } from '../context.ts';
import type { Command } from '../program.ts';

/**
 * How much garbage may gather before it is collected, in relation to what lives: V8 would allow up to three times as much
 * as lives. Chosen between 60, which cost rate, and 150, which left more of the memory resident.
 */
const HEAP_GROWTH_PERCENT = 100;

/** Stands in the list of commands; the call itself never comes here, because its flags are etcd's. */
export const serveSummary: Command = {
  usage: 'serve',
  summary: 'Run one bundled member in place of the etcd binary, with etcd’s flags (see serve --help)',
  examples: [],
  options: (args) => args.strict(false),
  run: (_args, context) => serve(context.argv.slice(1), context, context.version),
};

/** Runs until it is told to stop; gives the exit code. */
export async function serve(argv: readonly string[], context: CliContext, ownVersion: string): Promise<number> {
  if (argv.some((argument) => /^--?(help|h)$/.test(argument))) {
    context.stdout.write(serveHelp());
    return EXIT.done;
  }
  if (argv.some((argument) => /^--?version$/.test(argument))) {
    context.stdout.write(
      `etcd Version: ${ETCD_VERSION}\netcdmark Version: ${ownVersion}\nNode Version: ${process.version}\n`,
    );
    return EXIT.done;
  }
  const { faults, diskModel: modelName, stopGraceMs, rest } = takeExperimentFlags(argv);
  const diskModel = modelName === undefined ? undefined : await loadDiskModel(modelName);
  setFlagsFromString(`--heap-growing-percent=${HEAP_GROWTH_PERCENT}`);
  const clock = realClock();
  const config = memberConfig({ argv: rest, env: context.env, readConfigFile });
  const log = openLogger(config, context);
  if (hasFaults(faults)) log.warn('peer messages are delayed or lost on purpose', { ...faults });
  if (diskModel !== undefined) log.warn('the disk under the write-ahead log is modelled', { model: diskModel.name });
  let fail: (error: Error) => void = () => undefined;
  const failed = new Promise<Error>((resolve) => (fail = resolve));
  let started: StartedMember | undefined;
  boundEnd(context.signal, {
    // Handing the leadership over may take as long as an election.
    graceMs: (stopGraceMs ?? DEFAULT_STOP_GRACE_MS) + config.electionMs,
    log,
    underWay: () => (started === undefined ? 'start' : (started.closingStep ?? 'what is left: everything is closed')),
  });
  let member: StartedMember;
  try {
    member = started = await startMember({
      config,
      disk: nodeDisk(),
      clock,
      random: seededRandom(randomBytes(6).readUIntBE(0, 6)),
      log,
      ownVersion,
      linkFaults: faults,
      diskModel,
      onFatal: (error) => fail(error),
      routes: ({ grpc }) =>
        config.enableGateway ? [gatewayRoute({ grpc, clock, maxBodyBytes: gatewayBodyBytes(config) })] : [],
    });
  } catch (error) {
    log.fatal('failed to start etcd', { error: errorMessage(error) });
    throw error;
  }
  const reload = (): void => {
    try {
      member.reloadTls();
      log.info('reloaded certificates');
    } catch (error) {
      log.error('kept the old certificates', { error: errorMessage(error) });
    }
  };
  process.on('SIGHUP', reload);
  void member.ready.then(() => notifySystemd(context.env, log));
  try {
    const stopped = new Promise<undefined>((resolve) => {
      if (context.signal.aborted) resolve(undefined);
      else context.signal.addEventListener('abort', () => resolve(undefined), { once: true });
    });
    const error = await Promise.race([failed, stopped]);
    if (error instanceof MemberRemovedError) {
      log.warn('server error', { error: error.message });
      log.warn('data-dir used by this member must be removed', { 'data-dir': config.dataDir });
    } else if (error !== undefined) {
      throw cannotGoOn(error, log);
    }
    log.info('closing etcd server', { name: config.name, 'data-dir': config.dataDir });
    // Who has been removed is told so again by every peer; that is no reason to end otherwise.
    const failedStopping = new Promise<Error>((resolve) => {
      fail = (late) => void (late instanceof MemberRemovedError || resolve(late));
    });
    const late = await Promise.race([failedStopping, member.stop()]);
    if (late !== undefined) throw cannotGoOn(late, log);
    log.info('closed etcd server', { name: config.name, 'data-dir': config.dataDir });
    return EXIT.done;
  } finally {
    process.off('SIGHUP', reload);
  }
}

/** What is not durable must not be waited for: the process ends as it stands. */
function cannotGoOn(error: Error, log: Logger): OperationError {
  const text = withDiskRemedy(error);
  log.fatal('the member cannot go on', { error: text });
  return new OperationError(text);
}

/** From the signal on the process has so long to end, while it starts, too. */
function boundEnd(signal: AbortSignal, options: Pick<BoundedEndOptions, 'graceMs' | 'log' | 'underWay'>): void {
  const begin = (): void =>
    void endAfterGrace({
      ...options,
      clock: backgroundTimers,
      holders: () => process.getActiveResourcesInfo(),
      end: () => hardExit(EXIT.couldNot),
    });
  if (signal.aborted) begin();
  else signal.addEventListener('abort', begin, { once: true });
}

/** Loaded only where it is asked for: what reads models is more than the member itself. */
async function loadDiskModel(name: string): Promise<DiskModel> {
  const { readDiskModel } = await import('../../server/config/disk-model.ts');
  return readDiskModel(name, (path) => readFileSync(path, 'utf8'));
}

/** JSON carries values in base64, a third longer; the rest is for names. */
function gatewayBodyBytes(config: MemberConfig): number {
  return 2 * (config.maxRequestBytes + 512 * 1024);
}

function readConfigFile(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new OperationError(`--config-file: ${errorMessage(error)}`);
  }
  try {
    // Here and not above: most members have no such file, and the parser is a third of all that a start loads.
    const { parse } = createRequire(import.meta.url)('yaml') as typeof Yaml;
    return parse(text) as unknown;
  } catch (error) {
    throw new OperationError(`--config-file ${path}: not YAML: ${firstLine(error)}`);
  }
}

function openLogger(config: MemberConfig, context: CliContext): Logger {
  const outputs = config.logOutputs.map((output) => {
    if (output === 'default' || output === 'stderr') return context.stderr;
    if (output === 'stdout') return context.stdout;
    return createWriteStream(output, { flags: 'a', mode: 0o600 });
  });
  return jsonLogger({
    level: config.logLevel,
    room: 'etcdmark/serve',
    clock: realClock(),
    write: (line) => {
      for (const output of outputs) output.write(line);
    },
  });
}

/** Tells systemd that a `Type=notify` unit is up. Node has no datagram sockets for it; systemd's own tool has. */
function notifySystemd(env: CliContext['env'], log: Logger): void {
  if ((env['NOTIFY_SOCKET'] ?? '') === '') return;
  const child = spawn('systemd-notify', ['--ready', `--pid=${process.pid}`], { stdio: 'ignore' });
  child.on('error', (error) => log.warn('could not notify systemd', { error: error.message }));
}
