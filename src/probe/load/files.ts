/** Names of a load's files inside the scratch directory. */
export function preparedName(sequence: number): string {
  return `${sequence}.tmp`;
}

export function fileName(sequence: number): string {
  return `${sequence}.wal`;
}
