import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/cli/commands/index.ts';
import { runCli } from '../support/cli.ts';

describe('help', () => {
  it('names every command', async () => {
    const { stdout, exitCode } = await runCli(['--help']);
    expect(exitCode).toBe(0);
    for (const { usage } of COMMANDS) expect(stdout).toContain(`etcdmark ${usage.split(' ')[0]}`);
  });

  it.each(COMMANDS.map(({ usage }) => usage.split(' ')[0]!).filter((name) => name !== 'serve'))(
    'of %s has examples and the options that all commands take',
    async (name) => {
      const { stdout, exitCode } = await runCli([name, '--help']);
      expect(exitCode).toBe(0);
      expect(stdout).toContain('Examples:');
      for (const flag of ['--json', '--quiet', '--color', '--debug']) expect(stdout).toContain(flag);
    },
  );

  it('tells the version', async () => {
    expect((await runCli(['--version'])).stdout.trim()).toBe('0.0.0-test');
  });
});
