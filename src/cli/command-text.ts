/** What was typed, quoted so that a POSIX shell reads it back the same. */
export function commandText(argv: readonly string[]): string {
  return ['etcdmark', ...argv.map(quoted)].join(' ');
}

function quoted(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`;
}
