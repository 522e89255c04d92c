/** Decides what of a difference is known, counts what came, and ends the run at what is not. */
import { Coverage } from './coverage.ts';
import { knownBeside, type Context, type KnownDifference } from './known-differences.ts';
import { differingLeaves, type Leaf, type Normal } from './normal-form.ts';
import type { PeerVersion } from '../support/peer-version.ts';
import type { Answer } from './session.ts';
import { describeStep, type Step } from './steps.ts';
import { resolved, type Fields, type Knowledge } from './values.ts';

/** Of the bundled server and of etcd. */
export interface Both<T> {
  readonly ours: T;
  readonly theirs: T;
}

export interface Difference {
  readonly step: number;
  readonly what: string;
  readonly leaves: readonly Leaf[];
  readonly ours: unknown;
  readonly theirs: unknown;
}

/** A difference that is not known. */
export class Found extends Error {
  readonly difference: Difference;

  constructor(difference: Difference) {
    super(difference.what);
    this.difference = difference;
  }
}

export class Judge {
  readonly coverage = new Coverage();
  readonly known = new Map<string, number>();
  /** As etcd has told them. */
  currentRevision = 1;
  compactRevision = -1;
  private readonly compactions: number[] = [];
  /** The step that is under way. */
  step = 0;
  private readonly peer: PeerVersion;
  /** Differences that hold beside it. */
  private readonly differences: readonly KnownDifference[];

  constructor(peer: PeerVersion) {
    this.peer = peer;
    this.differences = knownBeside(this.peer);
  }

  knows(difference: KnownDifference): boolean {
    return this.differences.includes(difference);
  }

  /** Takes from an answer of etcd what the run must know. */
  learn(step: Step & { do: 'call' }, answer: Answer): void {
    if (answer.code !== 0) return;
    const { header } = answer.response as { header: { revision: number } | null };
    if (header !== null) this.currentRevision = Math.max(this.currentRevision, header.revision);
    if (step.method !== 'compact') return;
    const asked = resolved(
      step.request['revision'] ?? 0,
      this.knowledge(() => 0n),
    );
    if (typeof asked !== 'number') return;
    this.compactRevision = asked;
    this.compactions.push(asked);
  }

  compareAnswers(subject: string, request: Fields, answers: Both<Answer>, step?: Step): void {
    const ours = ordered(subject, answers.ours);
    const theirs = ordered(subject, answers.theirs);
    this.coverage.countError(ours);
    const leaves = differingLeaves(ours as unknown as Normal, theirs as unknown as Normal);
    this.judge(leaves, { ...this.context(subject, request), ours, theirs }, step);
  }

  judge(leaves: readonly Leaf[], context: Context, step?: Step, what?: string): void {
    const unknown = leaves.filter((leaf) => {
      const known = this.differences.find(({ matches }) => matches(leaf, context));
      if (known !== undefined) this.countKnown(known.name);
      return known === undefined;
    });
    if (unknown.length === 0) return;
    const title = what ?? (step === undefined ? context.subject : describeStep(step));
    this.found(title, unknown, context.ours, context.theirs);
  }

  found(what: string, leaves: readonly Leaf[], ours: unknown, theirs: unknown): never {
    throw new Found({ step: this.step, what, leaves, ours, theirs });
  }

  context(subject: string, request: Fields | undefined): Context {
    const knowledge = this.knowledge(() => 0n);
    const asked =
      request && Object.fromEntries(Object.entries(request).map(([name, value]) => [name, resolved(value, knowledge)]));
    return { subject, request: asked, ours: undefined, theirs: undefined, knowledge };
  }

  countKnown(name: string): void {
    this.known.set(name, (this.known.get(name) ?? 0) + 1);
  }

  knowledge(idOf: Knowledge['idOf']): Knowledge {
    return {
      peer: this.peer,
      currentRevision: this.currentRevision,
      compactRevision: this.compactRevision,
      compactions: this.compactions,
      idOf,
    };
  }
}

/** By method, the list of its answer whose order cannot be compared: etcd takes it from a map, or has it by its own ids. */
const UNORDERED: Readonly<Record<string, string>> = {
  memberAdd: 'members',
  memberUpdate: 'members',
  memberList: 'members',
  leaseLeases: 'leases',
  leaseTimeToLive: 'keys',
  alarm: 'alarms',
  status: 'errors',
};

/** With that list sorted. */
function ordered(subject: string, answer: Answer): Answer {
  const list = UNORDERED[subject];
  if (list === undefined || answer.response === null) return answer;
  const response = answer.response as Record<string, Normal>;
  const sorted = [...(response[list] as Normal[])].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  return { ...answer, response: { ...response, [list]: sorted } };
}
