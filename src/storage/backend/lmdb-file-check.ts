export function checkLmdbFile(_path: string): void {}
