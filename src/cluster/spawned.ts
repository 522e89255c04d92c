/** A cluster of members that this process starts on the loopback interface, each with ports and a data directory of its own. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { errorCode, errorMessage, OperationError } from '../base/errors.ts';
import { startGuard } from '../platform/guard.ts';
import { memberFlags, planMembers, settingsOf } from './flags.ts';
import { MemberProcess } from './member-process.ts';
import { freePorts } from './ports.ts';
import { awaitHealthy, versionAt, type Patience } from './ready.ts';
import type { MemberControl, Target } from './types.ts';

export interface SpawnOptions extends Patience {
  readonly kind: 'bundled' | 'etcd';
  /** The program, and what comes before a member's flags. */
  readonly file: string;
  readonly leadingArgs: readonly string[];
  readonly members: number;
  readonly flags: readonly string[];
  readonly dataRoot: string | undefined;
}

export async function spawnCluster(options: SpawnOptions): Promise<Target> {
  const { kind, readyTimeoutMs, flags } = options;
  const root = newDataFolder(options.dataRoot ?? tmpdir());
  const removeData = (): void => rmSync(root, { recursive: true, force: true });
  const guard = startGuard(root);
  const members: MemberProcess[] = [];
  const guardMembers = (): void => guard.watch(members.flatMap(({ pid }) => pid ?? []));
  // When this process ends without a chance to await anything.
  const onExit = (): void => {
    for (const member of members) member.killNow();
    removeData();
  };
  process.once('exit', onExit);
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> =>
    (stopped ??= (async () => {
      // Their data goes with them: there is nothing to close in good order.
      await Promise.all(members.map((member) => member.kill()));
      removeData();
      await guard.release();
      process.off('exit', onExit);
    })());
  const awaitReady = (member: MemberProcess): Promise<void> => awaitHealthy(member, options);

  try {
    await startMembers(options, root, members, guardMembers);
    await Promise.all(members.map(awaitReady));
    const version = await versionAt(members[0]!.clientUrl, readyTimeoutMs);
    const endpoints = members.map((member) => member.clientUrl.replace('http://', ''));
    return {
      kind,
      version,
      endpoints,
      connection: { endpoints },
      members,
      settings: settingsOf(flags, version),
      hurt: controlOf(members, awaitReady),
      failure: () => members.find((member) => member.failure !== undefined)?.failure,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function newDataFolder(parent: string): string {
  try {
    return mkdtempSync(join(parent, 'etcdmark-'));
  } catch (error) {
    throw new OperationError(`cannot make a data folder in ${parent}: ${errorCode(error) ?? errorMessage(error)}`);
  }
}

/** Adds each to `members` before it is started. */
async function startMembers(
  options: SpawnOptions,
  root: string,
  members: MemberProcess[],
  onProcess: () => void,
): Promise<void> {
  const plans = planMembers(options.members, await freePorts(2 * options.members), root);
  for (const plan of plans) {
    // etcd warns about a data directory that others may read.
    mkdirSync(plan.dataDir, { mode: 0o700 });
    const member = new MemberProcess({
      name: plan.name,
      file: options.file,
      args: [...options.leadingArgs, ...memberFlags(plan, plans, options.flags)],
      clientUrl: plan.clientUrl,
      dataDir: plan.dataDir,
      onProcess,
    });
    members.push(member);
    member.start();
  }
}

function controlOf(
  members: readonly MemberProcess[],
  awaitReady: (member: MemberProcess) => Promise<void>,
): MemberControl {
  const of = (name: string): MemberProcess => {
    const member = members.find((each) => each.name === name);
    if (member === undefined)
      throw new OperationError(`no member "${name}"; there are ${members.map((m) => m.name).join(', ')}`);
    return member;
  };
  return {
    pause: (name) => of(name).signal('SIGSTOP'),
    resume: (name) => of(name).signal('SIGCONT'),
    kill: (name) => of(name).kill(),
    terminate: (name) => of(name).terminate(),
    restart: async (name) => {
      const member = of(name);
      await member.terminate();
      member.start();
      await awaitReady(member);
    },
  };
}
