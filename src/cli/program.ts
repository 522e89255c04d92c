/** The command line: which commands there are, what all of them take, and how each way to end becomes an exit code. */
import yargs, { type Argv, type CommandModule } from 'yargs';
import { errorMessage, UsageError } from '../base/errors.ts';
import { EXIT, type CliContext, type GlobalOptions } from './context.ts';

/** A command: how it is called, and what it does; `run` gives the exit code. */
export interface Command<T = unknown> {
  readonly usage: string;
  readonly summary: string;
  readonly examples: readonly (readonly [line: string, what: string])[];
  readonly options: (args: Argv) => Argv<T>;
  readonly run: (args: T & GlobalOptions, context: CliContext) => Promise<number>;
}

/** Runs one command line; never throws, never exits the process. */
export async function runProgram(
  argv: readonly string[],
  commands: readonly Command[],
  context: CliContext,
): Promise<number> {
  let exitCode: number = EXIT.done;
  const program = yargs()
    .scriptName('etcdmark')
    .usage('$0 <command>\n\nQualifies disks for etcd and shows how an etcd stands Kubernetes-shaped load.')
    .option('json', { type: 'boolean', default: false, describe: 'One JSON document on stdout, nothing else' })
    .option('quiet', { type: 'boolean', default: false, describe: 'No progress on stderr' })
    .option('color', {
      type: 'boolean',
      default: true,
      describe: 'Colour on a terminal; --no-color or NO_COLOR to omit',
    })
    .option('debug', { type: 'boolean', default: false, describe: 'Show a stack with an error' })
    // `--peer A --peer B PATH`: a flag that may be repeated takes one value each time.
    .parserConfiguration({ 'greedy-arrays': false })
    .strict()
    .demandCommand(1, 'a command is missing: try etcdmark --help')
    .wrap(100)
    .version(context.version)
    .exitProcess(false)
    .fail((message: string | undefined, error: Error | undefined) => {
      // What the parser itself refuses comes as an error of yargs' own.
      if (error !== undefined && error.name !== 'YError') throw error;
      throw new UsageError(explain(message ?? error?.message ?? 'the call is wrong', argv, commands));
    });
  for (const command of commands) {
    program.command(commandModule(command, context, (code) => (exitCode = code)));
  }
  try {
    checkCommand(argv, commands);
    await program.parseAsync([...argv], {}, (_error, _args, output) => {
      if (output !== '') context.stdout.write(`${output}\n`);
    });
    return exitCode;
  } catch (error) {
    return reportError(error, argv.includes('--debug'), context);
  }
}

/** Refuses an unknown command by name, with those that there are. */
function checkCommand(argv: readonly string[], commands: readonly Command[]): void {
  const [first] = argv;
  if (first === undefined || first.startsWith('-')) return;
  const names = commands.map(({ usage }) => usage.split(' ')[0]!);
  if (!names.includes(first)) throw new UsageError(`unknown command '${first}': there are ${names.join(', ')}`);
}

/** yargs' words for a wrong call, made to name the flag as it was typed and where to look. */
function explain(message: string, argv: readonly string[], commands: readonly Command[]): string {
  const [command] = argv;
  if (message.startsWith('Not enough non-option arguments')) {
    const usage = commands.find((known) => known.usage.split(' ')[0] === command)?.usage ?? '';
    return `an argument is missing: etcdmark ${usage}`;
  }
  const valueless = /^Not enough arguments following: (.*)$/.exec(message)?.[1];
  if (valueless !== undefined) return `--${valueless} needs a value: see etcdmark ${command} --help`;
  const unknown = /^Unknown arguments?: (.*)$/.exec(message)?.[1]?.split(', ') ?? [];
  if (unknown.length === 0) return message;
  const typed = unknown.map(
    (name) => argv.find((argument) => argument.replace(/^-+/, '').split('=')[0] === name) ?? name,
  );
  return `unknown ${typed[0]!.startsWith('-') ? 'flag' : 'argument'} ${[...new Set(typed)].join(', ')}: see etcdmark ${command} --help`;
}

/** Says what went wrong in one line on stderr; the stack only under --debug. */
export function reportError(error: unknown, isDebug: boolean, context: CliContext): number {
  if (context.signal.aborted && error === context.signal.reason) {
    context.stderr.write('etcdmark: cut short before anything was measured\n');
    return EXIT.interrupted;
  }
  const lines = errorMessage(error).split('\n');
  context.stderr.write(`etcdmark: ${lines.map((line) => line.trim()).join(' ')}\n`);
  if (isDebug && error instanceof Error) context.stderr.write(`${error.stack ?? ''}\n`);
  return error instanceof UsageError ? EXIT.wrongCall : EXIT.couldNot;
}

function commandModule(command: Command, context: CliContext, finish: (code: number) => void): CommandModule {
  return {
    command: command.usage,
    describe: command.summary,
    builder: (args) => {
      const configured = command.options(args);
      for (const [line, what] of command.examples) configured.example(line, what);
      const { string, number } = declaredOptions(configured);
      const positionals = [...command.usage.matchAll(/[<[](\w+)/g)].map(([, name]) => name!);
      return configured
        .requiresArg([...string, ...number].filter((name) => !positionals.includes(name)))
        .check((given) => {
          checkValues(given, declaredOptions(configured), context.argv);
          return true;
        });
    },
    handler: async (args) => {
      finish(await command.run(args as unknown as GlobalOptions, context));
    },
  };
}

interface DeclaredOptions {
  readonly string: readonly string[];
  readonly number: readonly string[];
  readonly array: readonly string[];
}

/** yargs knows which options were declared; its types do not say so. */
function declaredOptions(args: Argv): DeclaredOptions {
  return (args as unknown as { getOptions: () => DeclaredOptions }).getOptions();
}

/** Refuses what yargs lets through: a flag that is given twice becomes an array, and a word for a number NaN. */
function checkValues(
  given: Readonly<Record<string, unknown>>,
  { string, number, array }: DeclaredOptions,
  argv: readonly string[],
): void {
  for (const name of [...string, ...number]) {
    if (Array.isArray(given[name]) && !array.includes(name)) {
      throw new UsageError(`--${name} is given twice: give it once`);
    }
    if (Number.isNaN(given[name])) throw new UsageError(`--${name}: '${typedValue(name, argv)}' is no number`);
  }
}

function typedValue(name: string, argv: readonly string[]): string {
  const at = argv.findIndex((argument) => argument.split('=')[0] === `--${name}`);
  return argv[at]?.split('=')[1] ?? argv[at + 1] ?? '';
}
