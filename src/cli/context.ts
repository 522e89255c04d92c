/** What a command is given of the outside: streams, environment, interruption. The only room that touches the process. */

/** Exit codes of every command; see the README. */
export const EXIT = {
  done: 0,
  couldNot: 1,
  wrongCall: 2,
  inconclusive: 3,
  measuredFail: 99,
  interrupted: 130,
} as const;

export interface CliContext {
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What was typed after the program's name. */
  readonly argv: readonly string[];
  /** Of this program. */
  readonly version: string;
  /** Fires on the first Ctrl-C or SIGTERM; commands then finish with what they have. */
  readonly signal: AbortSignal;
}

/** Options that every command takes. */
export interface GlobalOptions {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly color: boolean;
  readonly debug: boolean;
}

/** Of text on stdout where it is no terminal. */
const DEFAULT_WIDTH = 100;

/** How text is to look on stdout. */
export function textOptions(
  context: CliContext,
  options: GlobalOptions,
): { readonly color: boolean; readonly width: number } {
  return { color: useColor(context, options), width: context.stdout.columns ?? DEFAULT_WIDTH };
}

/** Colour on stdout: not with --no-color, not with NO_COLOR set, not off a terminal (https://no-color.org). */
export function useColor(context: CliContext, options: GlobalOptions): boolean {
  const isForbidden = (context.env['NO_COLOR'] ?? '') !== '';
  return options.color && !isForbidden && context.stdout.isTTY === true;
}
