/**
 * The write-ahead log on a real disk: `node test/bench/wal.mjs [directory]` (after a build).
 *
 * - encode: entries of 300 bytes framed and summed per second, on this thread
 * - lone writer: one save of one 2,300-byte entry at a time, in interleaved slices: a bare write + fdatasync loop on a
 *   reserved file and on a file already written, the log with every sync on its thread, and with inline syncs allowed
 * - load: 1,000 writers, each saving its next 300-byte entry when the last is answered
 */
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers';
import { RecordEncoder } from '../../dist/storage/wal/encoder.js';
import { createLog, recoverLog, workerHost, WriteAheadLog } from '../../dist/storage/wal/index.js';
import { nodeDisk } from '../../dist/platform/node-disk.js';

const SEGMENT_BYTES = 64_000_000;
const directory = mkdtempSync(join(process.argv[2] ?? tmpdir(), 'etcdmark-bench-wal-'));
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));

const turn = () => new Promise((resolve) => setImmediate(resolve));
const row = (name, text) => console.log(`${name.padEnd(44)} ${text}`);
const quantile = (sorted, q) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))];

function openLog(name, inlineLimitMs) {
  const disk = nodeDisk();
  const path = join(directory, name);
  createLog(disk, path, { nodeId: 1n, clusterId: 2n });
  const onFatal = (error) => {
    throw error;
  };
  const host = workerHost({ directory: path, inlineLimitMs });
  return new WriteAheadLog({ host, recovered: recoverLog(disk, path), onFatal });
}

const close = (wal) => new Promise((resolve) => wal.close(resolve));

function benchEncode() {
  const entries = Array.from({ length: 1000 }, (_, i) => ({
    type: 0,
    term: 3,
    index: i + 1,
    data: new Uint8Array(300).fill(i),
  }));
  const buffer = new Uint8Array(new SharedArrayBuffer(1 << 20));
  const encoder = new RecordEncoder(() => buffer, 1 << 20, 0);
  const rates = [];
  for (let round = 0; round < 400; round++) {
    encoder.swap(buffer);
    const startedMs = performance.now();
    for (const entry of entries) encoder.entry(entry);
    rates.push(1e6 / (performance.now() - startedMs));
  }
  rates.sort((a, b) => a - b);
  row('encode, entries of 300 B', `${Math.round(quantile(rates, 0.5)).toLocaleString('en')} entries/s`);
}

async function benchLoneWriter() {
  const data = new Uint8Array(2300).fill(7);
  const rawFile = (name, prepare) => {
    const fd = openSync(join(directory, name), 'wx+');
    prepare(fd);
    let at = 0;
    return {
      close: () => closeSync(fd),
      run: async () => {
        const startedMs = performance.now();
        writeSync(fd, data, 0, data.length, at);
        fdatasyncSync(fd);
        at += data.length;
        return performance.now() - startedMs;
      },
    };
  };
  const log = (name, inlineLimitMs) => {
    const wal = openLog(name, inlineLimitMs);
    let index = 0;
    return {
      close: () => close(wal),
      run: () => {
        const startedMs = performance.now();
        const entries = [{ type: 0, term: 1, index: ++index, data }];
        return new Promise((resolve) =>
          wal.save({ entries, mustSync: true }, () => resolve(performance.now() - startedMs)),
        );
      },
    };
  };
  const disk = nodeDisk();
  const reserve = (name) => {
    const file = disk.open(join(directory, name), 'create');
    file.preallocate(SEGMENT_BYTES);
    file.sync();
    file.close();
  };
  reserve('reserved');
  const reservedFd = openSync(join(directory, 'reserved'), 'r+');
  let reservedAt = 0;
  const contenders = {
    'bare loop, reserved file': {
      close: () => closeSync(reservedFd),
      run: async () => {
        const startedMs = performance.now();
        writeSync(reservedFd, data, 0, data.length, reservedAt);
        fdatasyncSync(reservedFd);
        reservedAt += data.length;
        return performance.now() - startedMs;
      },
    },
    'bare loop, written file': rawFile('written', (fd) => {
      writeSync(fd, new Uint8Array(32 << 20), 0, 32 << 20, 0);
      fdatasyncSync(fd);
    }),
    'log, its own thread': log('threaded', 0),
    'log, inline when lone and fast': log('inline', 2),
  };
  const timesMs = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]));
  for (let slice = 0; slice < 40; slice++) {
    for (const [name, contender] of Object.entries(contenders)) {
      for (let i = 0; i < 100; i++) {
        const ms = await contender.run();
        // The first slices warm up, and teach the inline policy how fast the disk is.
        if (slice >= 8) timesMs[name].push(ms);
        await turn();
      }
    }
  }
  for (const [name, contender] of Object.entries(contenders)) {
    await contender.close();
    const sorted = timesMs[name].sort((a, b) => a - b);
    const us = (q) => Math.round(quantile(sorted, q) * 1000);
    row(`lone writer, ${name}`, `p50 ${us(0.5)} µs  p90 ${us(0.9)} µs  p99 ${us(0.99)} µs`);
  }
}

async function benchLoad(writers, dataBytes, seconds) {
  const wal = openLog(`load-${writers}`, 2);
  const data = new Uint8Array(dataBytes).fill(7);
  const cpuBefore = process.cpuUsage();
  const startedMs = performance.now();
  const endMs = startedMs + seconds * 1000;
  let index = 0;
  let answered = 0;
  let syncs = 0;
  let bytes = 0;
  let lastInfo;
  await new Promise((resolve) => {
    let running = writers;
    const next = (info) => {
      if (info) {
        answered++;
        if (info !== lastInfo) {
          lastInfo = info;
          syncs += info.syncMs.length;
          bytes += info.bytes;
        }
        if (performance.now() >= endMs) {
          if (--running === 0) resolve();
          return;
        }
      }
      wal.save({ entries: [{ type: 0, term: 1, index: ++index, data }], mustSync: true }, next);
    };
    for (let i = 0; i < writers; i++) next();
  });
  const elapsed = (performance.now() - startedMs) / 1000;
  const cpu = process.cpuUsage(cpuBefore);
  await close(wal);
  row(
    `load, ${writers} writers of ${dataBytes} B`,
    `${Math.round(answered / elapsed).toLocaleString('en')} entries/s  ${Math.round(syncs / elapsed)} syncs/s  ` +
      `${(bytes / elapsed / 1e6).toFixed(1)} MB/s  ${((cpu.user + cpu.system) / answered).toFixed(2)} µs CPU an entry`,
  );
}

benchEncode();
await benchLoneWriter();
await benchLoad(10, 300, 2);
await benchLoad(100, 300, 2);
await benchLoad(1000, 300, 3);
await benchLoad(10000, 300, 3);
