/**
 * The member's log: one JSON object a line with etcd's keys (`level`, `ts`, `caller`, `msg`), so that what waits for
 * etcd's lines can wait for ours.
 */
import type { Clock } from '../base/clock.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'panic' | 'fatal';

export const LOG_LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error', 'panic', 'fatal'];

export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  fatal(message: string, fields?: LogFields): void;
}

export type LogFields = Readonly<Record<string, unknown>>;

/** A logger that writes lines to `write`; `room` stands where etcd prints the caller. */
export function jsonLogger(options: {
  readonly level: LogLevel;
  readonly room: string;
  readonly clock: Clock;
  readonly write: (line: string) => void;
}): Logger {
  const threshold = LOG_LEVELS.indexOf(options.level);
  const at =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}): void => {
      if (LOG_LEVELS.indexOf(level) < threshold) return;
      const ts = new Date(options.clock.wallMs()).toISOString();
      options.write(`${JSON.stringify({ level, ts, caller: options.room, msg: message, ...fields }, plain)}\n`);
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), fatal: at('fatal') };
}

/** A logger that says nothing, for tests and the simulator. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  fatal: () => undefined,
};

function plain(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString(16) : value;
}
