/** The format against the real thing: etcd's log read here, and ours read by etcd. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { byteStringFrom, equalBytes } from '../../../src/base/bytes.ts';
import type { Entry } from '../../../src/core/raft/types.ts';
import { freePorts } from '../../../src/cluster/ports.ts';
import { nodeDisk } from '../../../src/platform/node-disk.ts';
import { ByteArena } from '../../../src/storage/wal/arena.ts';
import { RecordEncoder } from '../../../src/storage/wal/encoder.ts';
import { readSegment } from '../../../src/storage/wal/decoder.ts';
import { CRC_RECORD, ENTRY_RECORD } from '../../../src/storage/wal/format.ts';
import { readEntry } from '../../../src/storage/wal/messages.ts';
import { createLog, inThreadHost, readLog, recoverLog, WriteAheadLog } from '../../../src/storage/wal/index.ts';
import { describeWithPeers, peerPath } from '../../support/peers.ts';

const disk = nodeDisk();
let parent = '';
let dataDirectory = '';
let wal = '';
let etcd: ChildProcess | undefined;
let endpoint = '';

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'etcdmark-wal-etcd-'));
  dataDirectory = join(parent, 'data');
  wal = join(dataDirectory, 'member', 'wal');
});
afterEach(async () => {
  await kill();
  rmSync(parent, { recursive: true, force: true });
});

async function startEtcd(): Promise<void> {
  const [client, peer] = await freePorts(2);
  endpoint = `http://127.0.0.1:${client}`;
  const peerUrl = `http://127.0.0.1:${peer}`;
  const args = ['--data-dir', dataDirectory, '--listen-client-urls', endpoint, '--advertise-client-urls', endpoint];
  args.push('--listen-peer-urls', peerUrl, '--initial-advertise-peer-urls', peerUrl);
  args.push('--initial-cluster', `default=${peerUrl}`);
  const child = spawn(peerPath('etcd'), args, { stdio: ['ignore', 'ignore', 'pipe'] });
  etcd = child;
  await new Promise<void>((resolve, reject) => {
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes('ready to serve client requests')) resolve();
    });
    child.once('exit', (code) => reject(new Error(`etcd ended with ${code}: ${said.slice(-2000)}`)));
  });
}

async function kill(): Promise<void> {
  const child = etcd;
  etcd = undefined;
  if (child?.exitCode !== null) return;
  await new Promise((resolve) => {
    child.once('exit', resolve);
    child.kill('SIGKILL');
  });
}

function etcdctl(...args: string[]): string {
  const env = { ...process.env, ETCDCTL_ENDPOINTS: endpoint };
  // Longer than its own 5 s, which a busy machine may take.
  return execFileSync(peerPath('etcdctl'), ['--command-timeout=30s', ...args], { env, encoding: 'utf8' });
}

/** Entries of a log that put a key. */
function puts(entries: readonly Entry[]): string[] {
  return entries
    .map((entry) => /(key\d+)[^]{2}(value\d+)/.exec(byteStringFrom(entry.data)))
    .filter((match) => match !== null)
    .map((match) => `${match[1]} ${match[2]}`);
}

function writeLog(directory: string, entries: readonly Entry[], template: ReturnType<typeof readLog>): void {
  const segmentBytes = 2048;
  createLog(disk, directory, template.metadata, segmentBytes);
  let finish: (() => void) | undefined;
  const host = inThreadHost({
    disk,
    directory,
    segmentBytes,
    nowMs: () => performance.now(),
    later: (act) => (finish = act),
  });
  const recovered = recoverLog(disk, directory, [], segmentBytes);
  const onFatal = (error: Error): void => {
    throw error;
  };
  const log = new WriteAheadLog({ host, recovered, segmentBytes, maxSegments: 0, onFatal });
  let answered = 0;
  for (const entry of entries) {
    const hardState = { ...template.hardState, commit: Math.min(entry.index, template.hardState.commit) };
    const state = { ...hardState, term: entry.term };
    log.save({ entries: [entry], hardState: state, mustSync: true }, () => answered++);
    // Every third save waits for the two before it.
    if (entry.index % 3 === 0) while (answered < entry.index) finish?.();
  }
  log.save({ entries: [], hardState: template.hardState, mustSync: true }, () => answered++);
  while (answered <= entries.length) finish?.();
  log.close(() => undefined);
}

describeWithPeers(['etcd', 'etcdctl'], 'the log of a real etcd', () => {
  it('is read whole: metadata, state, every entry and the CRC chain, and written back byte for byte', async () => {
    await startEtcd();
    for (let i = 0; i < 20; i++) etcdctl('put', `key${i}`, `value${i}`);
    const memberId = /^([0-9a-f]+), started/.exec(etcdctl('member', 'list'))![1]!;
    const status = JSON.parse(etcdctl('endpoint', 'status', '-w', 'json')) as [
      { Status: { raftIndex: number; raftTerm: number } },
    ];
    await kill();

    const log = readLog(disk, wal);
    expect(log.metadata.nodeId).toBe(BigInt(`0x${memberId}`));
    expect(log.hardState.term).toBe(status[0].Status.raftTerm);
    expect(log.hardState.vote).toBe(log.metadata.nodeId);
    expect(log.entries.at(-1)!.index).toBeGreaterThanOrEqual(status[0].Status.raftIndex);
    expect(log.entries.map((entry) => entry.index)).toEqual(log.entries.map((_, i) => i + 1));
    expect(puts(log.entries)).toEqual(Array.from({ length: 20 }, (_, i) => `key${i} value${i}`));
    expect(log.mark).toEqual({ index: 0, term: 0, confState: undefined });

    // The same records through our encoder give the same bytes.
    const bytes = new Uint8Array(
      readFileSync(
        join(
          wal,
          readdirSync(wal).find((name) => name.endsWith('.wal'))!,
        ),
      ),
    );
    const encoder = new RecordEncoder((capacity) => new Uint8Array(capacity), 1024, 0);
    encoder.crcRecord();
    const arena = new ByteArena();
    const end = readSegment(bytes, undefined, ({ type, dataStart, dataEnd }) => {
      if (type === CRC_RECORD) encoder.crcRecord();
      else if (type === ENTRY_RECORD) encoder.entry(readEntry(bytes, dataStart, dataEnd, arena));
      else encoder.record(type, bytes.slice(dataStart, dataEnd));
      return undefined;
    });
    expect(end.kind).toBe('end');
    expect(encoder.length).toBe(end.offset);
    expect(equalBytes(encoder.buffer.subarray(0, encoder.length), bytes.subarray(0, end.offset))).toBe(true);
  });

  it('can be replaced by ours: etcd starts on it, serves what it holds and goes on writing it', async () => {
    await startEtcd();
    for (let i = 0; i < 60; i++) etcdctl('put', `key${i}`, `value${i}`);
    await kill();
    const original = readLog(disk, wal);
    rmSync(wal, { recursive: true });
    // Without its database etcd rebuilds everything from the log.
    rmSync(join(dataDirectory, 'member', 'snap', 'db'));
    const draft = join(parent, 'draft');
    writeLog(draft, original.entries, original);
    expect(readLog(disk, draft).segments.length).toBeGreaterThan(2);
    renameSync(draft, wal);

    await startEtcd();
    const values = etcdctl('get', '--prefix', 'key', '--print-value-only').trim().split('\n');
    expect(values.sort()).toEqual(Array.from({ length: 60 }, (_, i) => `value${i}`).sort());
    etcdctl('put', 'key60', 'value60');
    await kill();
    expect(puts(readLog(disk, wal).entries)).toEqual(Array.from({ length: 61 }, (_, i) => `key${i} value${i}`));
  });
});
