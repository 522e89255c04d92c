/** What a profile does to the cluster while the load runs: defragmentation, loss of the leader, restarts, recovery of space. */
import type { Clock } from '../base/clock.ts';
import { OperationError, UsageError, errorMessage } from '../base/errors.ts';
import { connectControl } from '../client/control/index.ts';
import type { ControlClient } from '../client/control/index.ts';
import type { Member, MemberControl, Target } from '../cluster/index.ts';
import { AlarmAction } from '../core/api/index.ts';
import type { RunEvent } from '../core/run/index.ts';
import type { Action, Profile } from '../core/workload/index.ts';

/** Defragmenting a large database takes minutes; a member that takes longer is in trouble. */
const DEFRAGMENT_MS = 120_000;
/** A member that is being loaded may take this long to greet: it was started here, so it is there. */
const DIAL_MS = 30_000;

/** Throws UsageError when the profile would hurt members that were not started here. */
export function assertActionsAllowed(profile: Profile, isOurs: boolean): void {
  const [first] = profile.actions;
  if (first === undefined || isOurs) return;
  throw new UsageError(
    `${profile.name} does "${first.do}" to the members: that is only done to members started here (bundled or --etcd)`,
  );
}

export interface ActionOptions {
  readonly profile: Profile;
  readonly target: Target;
  readonly clock: Clock;
  readonly startMs: number;
  readonly onEvent: (event: RunEvent) => void;
}

/** Does every action at its instant; resolves when all are done. `stop` keeps what is still to come from being done. */
export function runActions(options: ActionOptions): { readonly done: Promise<void>; stop(): void } {
  const { profile, target, clock, startMs } = options;
  const control = connectControl({ ...target.connection, timeoutMs: DEFRAGMENT_MS, dialTimeoutMs: DIAL_MS });
  let stopped = false;
  const waiting = new Set<() => void>();
  const until = (dueMs: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = clock.after(Math.max(0, dueMs - clock.nowMs()), finish);
      function finish(): void {
        timer.cancel();
        waiting.delete(finish);
        resolve();
      }
      waiting.add(finish);
    });
  const run = async (action: Action): Promise<void> => {
    await until(startMs + profile.warmup + action.at);
    if (stopped) return;
    try {
      await perform(action, options, control, until);
    } catch (error) {
      throw new OperationError(`${action.do}: ${errorMessage(error)}`);
    }
  };
  return {
    done: Promise.all(profile.actions.map(run))
      .then(() => undefined)
      .finally(() => control.close()),
    stop: () => {
      stopped = true;
      for (const finish of [...waiting]) finish();
    },
  };
}

async function perform(
  action: Action,
  { target, clock, startMs, onEvent }: ActionOptions,
  control: ControlClient,
  until: (dueMs: number) => Promise<void>,
): Promise<void> {
  const hurt = target.hurt!;
  const tell = (kind: RunEvent['kind'], member: Member, text: string, sinceMs?: number): void => {
    const t = Math.max(0, ((sinceMs ?? clock.nowMs()) - startMs) / 1_000);
    const durationMs = sinceMs === undefined ? {} : { durationMs: clock.nowMs() - sinceMs };
    onEvent({ t, kind, member: member.name, text, ...durationMs });
  };
  const pause = (): Promise<void> => until(clock.nowMs() + action.for);
  switch (action.do) {
    case 'defragment':
      await defragmentAll(target, control, clock, tell);
      break;
    case 'recover-space':
      await recoverSpace(target, control, clock, tell);
      break;
    case 'kill-leader': {
      const leader = await leaderOf(target, control);
      tell('fault', leader, 'the leader is killed (SIGKILL)');
      await hurt.kill(leader.name);
      await pause();
      await restart(hurt, leader, tell);
      break;
    }
    case 'pause-leader': {
      const leader = await leaderOf(target, control);
      tell('fault', leader, 'the leader is stopped (SIGSTOP)');
      hurt.pause(leader.name);
      await pause();
      hurt.resume(leader.name);
      tell('fault', leader, 'it goes on (SIGCONT)');
      break;
    }
    case 'restart-members':
      for (const member of target.members) {
        tell('fault', member, 'it is ended (SIGTERM)');
        await hurt.terminate(member.name);
        await pause();
        await restart(hurt, member, tell);
      }
      break;
  }
}

type Tell = (kind: RunEvent['kind'], member: Member, text: string, sinceMs?: number) => void;

async function restart(hurt: MemberControl, member: Member, tell: Tell): Promise<void> {
  await hurt.restart(member.name);
  tell('fault', member, 'it is started again and serves');
}

async function defragmentAll(target: Target, control: ControlClient, clock: Clock, tell: Tell): Promise<void> {
  for (const [i, member] of target.members.entries()) {
    const sinceMs = clock.nowMs();
    await control.at(target.endpoints[i]!).defragment({});
    tell('defrag', member, 'was defragmented', sinceMs);
  }
}

/** As the runbook has it: compact what is old, defragment every member, then disarm the alarm. */
async function recoverSpace(target: Target, control: ControlClient, clock: Clock, tell: Tell): Promise<void> {
  const [first] = target.members;
  const { header } = await control.status({});
  // Revisions are per cluster; a raft index is none.
  await control.compact({ revision: header?.revision ?? 0, physical: true });
  tell('compaction', first!, `compacted to revision ${header?.revision ?? 0}`);
  await defragmentAll(target, control, clock, tell);
  const { alarms } = await control.alarm({ action: AlarmAction.GET });
  for (const { memberId, alarm } of alarms) await control.alarm({ action: AlarmAction.DEACTIVATE, memberId, alarm });
  tell('alarm', first!, `${alarms.length} alarms disarmed`);
}

async function leaderOf(target: Target, control: ControlClient): Promise<Member> {
  for (const [i, member] of target.members.entries()) {
    const { header, leader } = await control.at(target.endpoints[i]!).status({});
    if (header !== undefined && header.memberId === leader) return member;
  }
  throw new OperationError('no member says that it leads');
}
