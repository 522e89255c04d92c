/** One recording: a control plane whose apiserver speaks to etcd through a tap, driven through all scenarios. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { ControlPlane } from './control-plane.ts';
import type { Binaries } from './control-plane.ts';
import { distil } from './distil.ts';
import type { Distillate } from './distil.ts';
import { Recorder } from './recorder.ts';
import type { SeenRequest } from './recorder.ts';
import { SCENARIOS } from './scenarios.ts';
import { startTap } from './tap.ts';

export interface RecordOptions {
  readonly binaries: Binaries;
  /** host:port of the etcd. */
  readonly endpoint: string;
  /** Only these scenarios; all when empty. */
  readonly only: readonly string[];
  readonly progress: (line: string) => void;
}

/** All that was sent, and what it is to be read with. */
export interface Recording {
  readonly versions: Record<string, string>;
  /** By scenario: what was done. */
  readonly what: Record<string, string>;
  readonly requests: readonly SeenRequest[];
}

/** What is kept of a recording. */
export interface Distilled extends Distillate {
  readonly made: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly what: Readonly<Record<string, string>>;
}

export function distilled({ versions, what, requests }: Recording): Distilled {
  return { made: MADE, versions, what, ...distil(requests, '/registry') };
}

const MADE =
  'by test/fidelity/main.mjs on one etcd that was empty, in a network of one machine; kwok with its stages pod/general, nodes as built in; compaction every minute in place of five';
/** Short, so that a recording of minutes holds several. */
const FLAGS = ['--etcd-compaction-interval=1m'];

export async function record({ binaries, endpoint, only, progress }: RecordOptions): Promise<Recording> {
  const directory = mkdtempSync(join(tmpdir(), 'etcdmark-kubernetes-'));
  const recorder = new Recorder(() => performance.now());
  const tap = await startTap(endpoint, recorder);
  const plane = await ControlPlane.in(directory, binaries);
  const what: Record<string, string> = {
    'apiserver start': 'kube-apiserver begins on an empty etcd, until it is ready',
  };
  try {
    recorder.begin('apiserver start');
    await plane.startApiserver(`http://${tap.endpoint}`, FLAGS);
    for (const scenario of SCENARIOS.filter(({ name }) => only.length === 0 || only.includes(name))) {
      const before = recorder.requests.length;
      recorder.begin(scenario.name);
      what[scenario.name] = scenario.what;
      await scenario.run(plane);
      progress(`${scenario.name}: ${recorder.requests.length - before} requests`);
    }
    what['apiserver restart'] = 'kube-apiserver begins again with all that is there, alone';
    await plane.stopAll();
    recorder.begin('apiserver restart');
    await plane.startApiserver(`http://${tap.endpoint}`, FLAGS);
    if (tap.faults.length > 0) throw new AggregateError(tap.faults, 'what the tap could not read');
  } finally {
    await plane.stopAll();
    await tap.stop();
  }
  rmSync(directory, { recursive: true, force: true });
  return { versions: versionsOf(binaries), what, requests: recorder.requests };
}

function versionsOf({ kubernetes, kwok }: Binaries): Record<string, string> {
  const versionOf = (binary: string): string =>
    execFileSync(binary, ['--version'], { encoding: 'utf8' }).replace(/^.*?v(\d[\w.-]*)[^]*$/, '$1');
  return { 'kube-apiserver': versionOf(join(kubernetes, 'kube-apiserver')), kwok: versionOf(kwok) };
}
