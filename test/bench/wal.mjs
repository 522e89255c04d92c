// The write-ahead log on a real disk, from the built files: node test/bench/wal.mjs [directory]
//
// encode       entries of 300 bytes framed and summed a second, on this thread
// lone writer  one save of one 2,300-byte entry at a time, in interleaved slices of 100: a bare write + fdatasync loop on a
//              reserved file (what etcd's log does) and on a file that already holds data, the log with every sync on its
//              own thread, and with inline syncs allowed; ratios of the slices' medians to the first
// load         so many writers, each saving its next 300-byte entry when the last is answered
// recovery     reading back what the largest load has written
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers';
import { seededRandom } from '../../dist/base/random.js';
import { comparePaired } from '../../dist/core/stats/index.js';
import { nodeDisk } from '../../dist/platform/node-disk.js';
import { RecordEncoder } from '../../dist/storage/wal/encoder.js';
import {
  createLog,
  readLog,
  recoverLog,
  SEGMENT_BYTES,
  workerHost,
  WriteAheadLog,
} from '../../dist/storage/wal/index.js';

const SLICES = 40;
const WARM_UP_SLICES = 8;
const SAVES_A_SLICE = 100;

const disk = nodeDisk();
const directory = mkdtempSync(join(process.argv[2] ?? tmpdir(), 'etcdmark-bench-wal-'));
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));

const turn = () => new Promise((resolve) => setImmediate(resolve));
const row = (name, text) => console.log(`${name.padEnd(46)} ${text}`);
const count = (number) => Math.round(number).toLocaleString('en');
const quantile = (values, q) => {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))];
};

function openLog(name, inlineLimitMs) {
  const path = join(directory, name);
  createLog(disk, path, { nodeId: 1n, clusterId: 2n });
  const onFatal = (error) => {
    throw error;
  };
  return new WriteAheadLog({
    host: workerHost({ directory: path, inlineLimitMs }),
    recovered: recoverLog(disk, path),
    maxSegments: 0,
    onFatal,
  });
}

const close = (wal) => new Promise((resolve) => wal.close(resolve));

function benchEncode() {
  const data = new Uint8Array(300).fill(7);
  const entries = Array.from({ length: 1000 }, (_, i) => ({ type: 0, term: 3, index: i + 1, data }));
  const buffer = new Uint8Array(new SharedArrayBuffer(1 << 20));
  const encoder = new RecordEncoder(() => buffer, buffer.length, 0);
  const rates = [];
  for (let round = 0; round < 400; round++) {
    encoder.swap(buffer);
    const startedMs = performance.now();
    for (const entry of entries) encoder.entry(entry);
    rates.push(1e6 / (performance.now() - startedMs));
  }
  row('encode, entries of 300 B', `${count(quantile(rates, 0.5))} entries/s`);
}

const loneData = new Uint8Array(2300).fill(7);

/** A file that is written and synced on this thread; its first bytes hold data already where `isWritten`. */
function bareLoop(name, isWritten) {
  const file = disk.open(join(directory, name), 'create');
  file.preallocate(SEGMENT_BYTES);
  if (isWritten) file.write(new Uint8Array(2 * SLICES * SAVES_A_SLICE * loneData.length), 0);
  file.sync();
  file.close();
  const descriptor = openSync(join(directory, name), 'r+');
  let at = 0;
  return {
    close: () => closeSync(descriptor),
    save: async () => {
      writeSync(descriptor, loneData, 0, loneData.length, at);
      fdatasyncSync(descriptor);
      at += loneData.length;
    },
  };
}

function log(name, inlineLimitMs) {
  const wal = openLog(name, inlineLimitMs);
  let index = 0;
  return {
    close: () => close(wal),
    save: () => {
      const entries = [{ type: 0, term: 1, index: ++index, data: loneData }];
      return new Promise((resolve) => wal.save({ entries, mustSync: true }, resolve));
    },
  };
}

async function benchLoneWriter() {
  const contenders = {
    'bare loop, reserved file': bareLoop('reserved', false),
    'bare loop, written file': bareLoop('written', true),
    'log, its own thread': log('threaded', 0),
    'log, inline when lone and fast': log('inline', 2),
  };
  const slicesMs = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]));
  for (let slice = 0; slice < SLICES; slice++) {
    for (const [name, contender] of Object.entries(contenders)) {
      const timesMs = [];
      for (let i = 0; i < SAVES_A_SLICE; i++) {
        const startedMs = performance.now();
        await contender.save();
        timesMs.push(performance.now() - startedMs);
        await turn();
      }
      // The first slices warm up, and teach the inline policy how fast the disk is.
      if (slice >= WARM_UP_SLICES) slicesMs[name].push(timesMs);
    }
  }
  const [[, baseline]] = Object.entries(slicesMs);
  for (const [name, contender] of Object.entries(contenders)) {
    await contender.close();
    const slices = slicesMs[name];
    const all = slices.flat();
    const us = (q) => `${Math.round(quantile(all, q) * 1000)} µs`;
    const pairs = slices.map((times, i) => ({
      candidate: quantile(times, 0.5),
      baseline: quantile(baseline[i], 0.5),
    }));
    const { ratio, interval } = comparePaired(pairs, { random: seededRandom(1), better: 'lower', minimumEffect: 0.05 });
    const compared =
      slices === baseline
        ? ''
        : `  ratio ${ratio.toFixed(2)} [${interval.map((bound) => bound.toFixed(2)).join(', ')}]`;
    row(`lone writer, ${name}`, `p50 ${us(0.5)}  p90 ${us(0.9)}  p99 ${us(0.99)}${compared}`);
  }
}

async function benchLoad(writers, dataBytes, seconds) {
  const name = `load-${writers}`;
  const wal = openLog(name, 2);
  const data = new Uint8Array(dataBytes).fill(7);
  const cpuBefore = process.cpuUsage();
  const startedMs = performance.now();
  const endMs = startedMs + seconds * 1000;
  const total = { answered: 0, syncs: 0, bytes: 0 };
  let index = 0;
  let lastInfo;
  await new Promise((resolve) => {
    let running = writers;
    const save = () =>
      wal.save({ entries: [{ type: 0, term: 1, index: ++index, data }], mustSync: true }, (info) => {
        total.answered++;
        // Saves that shared a write are told of it by the same object.
        if (info !== lastInfo) {
          lastInfo = info;
          total.syncs += info.syncMs.length;
          total.bytes += info.bytes;
        }
        if (performance.now() < endMs) save();
        else if (--running === 0) resolve();
      });
    for (let i = 0; i < writers; i++) save();
  });
  const elapsedS = (performance.now() - startedMs) / 1000;
  const cpu = process.cpuUsage(cpuBefore);
  await close(wal);
  row(
    `load, ${count(writers)} writers of ${dataBytes} B`,
    `${count(total.answered / elapsedS)} entries/s  ${count(total.syncs / elapsedS)} syncs/s  ` +
      `${(total.bytes / elapsedS / 1e6).toFixed(1)} MB/s  ${((cpu.user + cpu.system) / total.answered).toFixed(2)} µs CPU an entry`,
  );
  return name;
}

function benchRecovery(name) {
  const startedMs = performance.now();
  const before = process.cpuUsage();
  const { entries, segments } = readLog(disk, join(directory, name));
  const cpu = process.cpuUsage(before);
  const rate = (1e6 * entries.length) / (cpu.user + cpu.system);
  row(
    `recovery, ${count(entries.length)} entries in ${segments.length} segments`,
    `${count(performance.now() - startedMs)} ms, ${count(rate)} entries a second of CPU`,
  );
}

benchEncode();
await benchLoneWriter();
await benchLoad(10, 300, 2);
await benchLoad(100, 300, 2);
benchRecovery(await benchLoad(1000, 300, 2));
