/**
 * Round trips to other members, for the heartbeat advice: to connect, and to have a small request answered.
 *
 * A connect is one round trip of the network and the kernel's alone. The request is `GET /version` over one kept connection,
 * which etcd answers on client and peer ports; a port that speaks TLS only gives its connects.
 */
import { connect, type Socket } from 'node:net';
import type { Clock } from '../base/clock.ts';
import { OperationError, UsageError, errorCode } from '../base/errors.ts';
import type { Probe } from '../core/run/index.ts';
import { latencyFrom, newHistogram, recordMs } from '../platform/histogram.ts';

const OBSTACLES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'ECONNREFUSED: is a member running there?',
  ENOTFOUND: 'ENOTFOUND: no such host',
  EHOSTUNREACH: 'EHOSTUNREACH: no route to it',
};

export type PeerRtt = NonNullable<Probe['peers']>[number];

export interface PeerProbeOptions {
  /** `host:port`, `[v6]:port`. */
  readonly address: string;
  readonly connects?: number;
  readonly requests?: number;
  /** Between two requests, so that the figures are of minutes, not of a burst. */
  readonly everyMs?: number;
  readonly timeoutMs?: number;
}

/** Measures peers one after another; every address is looked at before the first is dialled. */
export async function probePeers(addresses: readonly string[], clock: Clock, signal?: AbortSignal): Promise<PeerRtt[]> {
  addresses.forEach(parseAddress);
  const peers: PeerRtt[] = [];
  for (const address of addresses) peers.push(await probePeer({ address }, clock, signal));
  return peers;
}

/** Measures one peer. Throws UsageError for an address that is none, OperationError where nobody answers. */
export async function probePeer(options: PeerProbeOptions, clock: Clock, signal?: AbortSignal): Promise<PeerRtt> {
  const { address, connects = 20, requests = 200, everyMs = 10, timeoutMs = 5000 } = options;
  const { host, port } = parseAddress(address);
  const connectTimes = newHistogram();
  const requestTimes = newHistogram();
  let socket: Socket | undefined;
  try {
    for (let i = 0; i < connects && signal?.aborted !== true; i++) {
      socket?.destroy();
      const startMs = clock.nowMs();
      socket = await connected(host, port, address, timeoutMs);
      recordMs(connectTimes, clock.nowMs() - startMs);
      await pause(clock, everyMs);
    }
    for (let i = 0; i < requests && socket !== undefined && signal?.aborted !== true; i++) {
      const startMs = clock.nowMs();
      if (!(await answered(socket, host, timeoutMs))) break;
      recordMs(requestTimes, clock.nowMs() - startMs);
      await pause(clock, everyMs);
    }
  } finally {
    socket?.destroy();
  }
  return { address, connectMs: latencyFrom(connectTimes), requestMs: latencyFrom(requestTimes) };
}

export function parseAddress(address: string): { host: string; port: number } {
  const [, v6, name, digits] = /^(?:\[([0-9a-fA-F:.]+)\]|([^:\s/[\]]+)):(\d{1,5})$/.exec(address) ?? [];
  const port = Number(digits);
  const host = v6 ?? name;
  if (host === undefined || port < 1 || port > 65_535) {
    throw new UsageError(`peer '${address}' is not HOST:PORT, such as 10.0.0.2:2380 or [fd00::2]:2380`);
  }
  return { host, port };
}

function connected(host: string, port: number, address: string, timeoutMs: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true, timeout: timeoutMs });
    const refuse = (why: string): void => {
      socket.destroy();
      reject(new OperationError(`peer ${address} cannot be reached: ${why}`));
    };
    socket.once('connect', () => resolve(socket));
    socket.once('timeout', () => refuse(`no answer within ${timeoutMs} ms`));
    socket.on('error', (error) => refuse(OBSTACLES[errorCode(error) ?? ''] ?? error.message));
  });
}

/** Whether one request was answered whole; the body's length decides where the answer ends. */
function answered(socket: Socket, host: string, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    let received = '';
    const settle = (complete: boolean): void => {
      clearTimeout(timer);
      socket.removeListener('data', take);
      socket.removeListener('close', lost);
      resolve(complete);
    };
    const take = (chunk: Buffer): void => {
      received += chunk.toString('latin1');
      const end = received.indexOf('\r\n\r\n');
      const length = /\r\ncontent-length: *(\d+)/i.exec(received)?.[1];
      if (!received.startsWith('HTTP/1.') || received.length > 65_536) settle(false);
      else if (end !== -1) {
        if (length === undefined) settle(false);
        else if (received.length >= end + 4 + Number(length)) settle(true);
      }
    };
    const lost = (): void => settle(false);
    const timer = setTimeout(lost, timeoutMs);
    socket.on('data', take);
    socket.once('close', lost);
    socket.write(`GET /version HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  });
}

function pause(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => clock.after(ms, resolve));
}
