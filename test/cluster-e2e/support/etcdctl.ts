/** The real etcdctl, run to its end or until the test has seen enough. */
import { spawn } from 'node:child_process';
import { peerPath } from '../../support/peers.ts';

export interface CtlResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
}

export interface CtlOptions {
  readonly stdin?: string;
  readonly timeoutMs?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Stands before etcdctl: `ip netns exec …`. */
  readonly wrapper?: readonly string[];
}

const TIMEOUT_MS = 60_000;

/** A loaded machine is slow; etcdctl's own 5 s would make that a failure. */
const PATIENT = ['--command-timeout=30s', '--dial-timeout=15s'];

export function runEtcdctl(args: readonly string[], options: CtlOptions = {}): Promise<CtlResult> {
  return startEtcdctl(args, options).done;
}

export interface RunningCtl {
  readonly done: Promise<CtlResult>;
  /** Resolves once stdout matches. */
  saw(pattern: RegExp): Promise<void>;
  /** SIGINT, as a user would. */
  interrupt(): void;
}

export function startEtcdctl(args: readonly string[], options: CtlOptions = {}): RunningCtl {
  const { stdin = '', timeoutMs = TIMEOUT_MS, env = {}, wrapper = [] } = options;
  const [file, ...rest] = [...wrapper, peerPath('etcdctl'), ...PATIENT, ...args] as [string, ...string[]];
  const child = spawn(file, rest, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
  });
  let stdout = '';
  let stderr = '';
  let listeners: (() => void)[] = [];
  child.stdout.on('data', (text: Buffer) => {
    stdout += text.toString();
    for (const listener of listeners) listener();
  });
  child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
  // It may end without reading what it is given.
  child.stdin.on('error', () => undefined);
  child.stdin.end(stdin);
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
  const done = new Promise<CtlResult>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve({ stdout, stderr, code });
      for (const listener of listeners) listener();
    });
  });
  return {
    done,
    saw: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (pattern.test(stdout)) {
            listeners = listeners.filter((each) => each !== look);
            resolve();
          } else if (child.exitCode !== null || child.signalCode !== null) {
            reject(new Error(`etcdctl ${args.join(' ')} ended without ${pattern}:\n${stdout}\n${stderr}`));
          }
        };
        listeners.push(look);
        look();
      }),
    interrupt: () => child.kill('SIGINT'),
  };
}
