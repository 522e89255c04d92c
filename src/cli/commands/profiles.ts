/** `etcdmark profiles`: what workload profiles exist, one in full, or whether a file is one. */
import type { Argv } from 'yargs';
import { UsageError } from '../../base/errors.ts';
import { loadProfile, profileNames, profileText } from '../../bench/index.ts';
import { measuredMs, profileJsonSchema } from '../../core/workload/index.ts';
import { EXIT } from '../context.ts';
import type { Command } from '../program.ts';
import { oneOf } from '../options.ts';

interface ProfilesArguments {
  readonly action: string;
  readonly name: string | undefined;
}

const ACTIONS = ['list', 'show', 'check', 'schema'] as const;

export const profilesCommand: Command<ProfilesArguments> = {
  usage: 'profiles [action] [name]',
  summary: 'List workload profiles, show one, or check a file',
  examples: [
    ['$0 profiles', 'The shipped profiles'],
    ['$0 profiles show kubectl-apply-storm', 'One in full, with the source of every number'],
    ['$0 profiles check my-load.yaml', 'Whether a file is a profile, and what is wrong where it is not'],
    ['$0 profiles schema', 'The JSON Schema, for completion in an editor'],
  ],
  options: (args: Argv) =>
    args.positional('action', { type: 'string', default: 'list', describe: ACTIONS.join(', ') }).positional('name', {
      type: 'string',
      describe: 'A profile’s name or file',
    }),
  run: ({ action, name, json }, { stdout }) => {
    const what = oneOf('profiles', action, ACTIONS);
    if (what === 'list') {
      const profiles = profileNames().map((known) => loadProfile(known));
      const width = Math.max(...profiles.map((profile) => profile.name.length));
      const listed = profiles.map((profile) => ({
        name: profile.name,
        durationS: measuredMs(profile) / 1000,
        description: profile.description,
      }));
      stdout.write(
        json
          ? `${JSON.stringify({ schemaVersion: 1, kind: 'profiles', profiles: listed }, null, 2)}\n`
          : listed.map((row) => `${row.name.padEnd(width)}  ${row.description}\n`).join(''),
      );
      return Promise.resolve(EXIT.done);
    }
    if (what === 'schema') {
      stdout.write(`${JSON.stringify(profileJsonSchema(), null, 2)}\n`);
      return Promise.resolve(EXIT.done);
    }
    if (name === undefined) throw new UsageError(`profiles ${what} needs a profile's name or file`);
    const profile = loadProfile(name);
    if (what === 'show') stdout.write(json ? `${JSON.stringify(profile, null, 2)}\n` : profileText(name));
    else
      stdout.write(
        json ? `${JSON.stringify({ valid: true, name: profile.name })}\n` : `${name}: ok, profile ${profile.name}\n`,
      );
    return Promise.resolve(EXIT.done);
  },
};
