/** The process, under the names of the Prometheus client libraries. */
import { readdirSync, readFileSync } from 'node:fs';
import type { MetricsRegistry } from './registry.ts';

export function exportProcessMetrics(registry: MetricsRegistry): void {
  const startSeconds = Date.now() / 1000 - process.uptime();
  registry.read('process_cpu_seconds_total', 'Total user and system CPU time spent in seconds.', 'counter', () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  });
  registry.read('process_resident_memory_bytes', 'Resident memory size in bytes.', 'gauge', () => {
    return process.memoryUsage.rss();
  });
  registry.read('process_virtual_memory_bytes', 'Virtual memory size in bytes.', 'gauge', virtualBytes);
  registry.read('process_virtual_memory_max_bytes', 'The most virtual memory there may be, in bytes.', 'gauge', () => {
    return limit('address space');
  });
  registry.read('process_start_time_seconds', 'Start time of the process since unix epoch in seconds.', 'gauge', () => {
    return startSeconds;
  });
  registry.read('process_open_fds', 'Number of open file descriptors.', 'gauge', openDescriptors);
  registry.read('process_max_fds', 'Maximum number of open file descriptors.', 'gauge', maxDescriptors);
  registry.read('os_fd_used', 'The number of used file descriptors.', 'gauge', openDescriptors);
  registry.read('os_fd_limit', 'The file descriptor limit.', 'gauge', maxDescriptors);
}

/** 0 where the system does not tell. */
function openDescriptors(): number {
  return known(() => readdirSync('/proc/self/fd').length);
}

function maxDescriptors(): number {
  return limit('open files');
}

function virtualBytes(): number {
  return known(() => 1024 * Number(/^VmSize:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))![1]));
}

/** A limit in force; as the Prometheus client libraries have it, 2^64 − 1 where there is none. */
function limit(what: string): number {
  return known(() => {
    const text = new RegExp(`^Max ${what}\\s+(\\S+)`, 'm').exec(readFileSync('/proc/self/limits', 'utf8'))![1]!;
    return text === 'unlimited' ? 2 ** 64 : Number(text);
  });
}

function known(read: () => number): number {
  try {
    return read();
  } catch {
    return 0;
  }
}
