import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/base/errors.ts';
import { readDiskModel } from '../../../src/server/config/disk-model.ts';
import { takeExperimentFlags } from '../../../src/server/config/experiments.ts';
import { findDiskModel, serializeModel } from '../../../src/storage/disk-models/index.ts';

const files: Readonly<Record<string, string>> = {
  '/models/mine.json': serializeModel({ ...findDiskModel('gp3'), name: 'mine' }),
  'broken.json': '{"kind":"probe"}',
};
const read = (path: string): string => {
  const text = files[path];
  if (text === undefined) throw new Error(`ENOENT: no such file or directory, open '${path}'`);
  return text;
};
const take = (...argv: string[]) => takeExperimentFlags(argv);
const modelOf = (text: string) => readDiskModel(text, read);

describe('the flags of experiments', () => {
  it('are taken out of etcd’s own', () => {
    const { rest, faults, diskModel } = take('--name=a', '--experiment-peer-delay=5ms', '--data-dir', '/d');
    expect(rest).toEqual(['--name=a', '--data-dir', '/d']);
    expect(faults).toMatchObject({ delayMs: 5, jitterMs: 0, lossRatio: 0 });
    expect(diskModel).toBeUndefined();
  });

  it('name a disk model that ships, or one of a file', () => {
    expect(take('--experiment-disk-model=gp3').diskModel).toBe('gp3');
    expect(take('--experiment-disk-model', 'io2:5000iops', '--name=a')).toMatchObject({
      diskModel: 'io2:5000iops',
      rest: ['--name=a'],
    });
    const names = ['gp3', 'io2:5000iops', '/models/mine.json'].map((text) => modelOf(text).name);
    expect(names).toEqual(['gp3', 'io2:5000iops', 'mine']);
  });

  it('bound the time that a stop may take', () => {
    expect(take('--experiment-stop-grace=3s', '--name=a')).toMatchObject({ stopGraceMs: 3000, rest: ['--name=a'] });
    expect(take('--name=a').stopGraceMs).toBeUndefined();
    expect(() => take('--experiment-stop-grace=soon')).toThrow(UsageError);
  });

  it.each([
    ['gp9', /disk model 'gp9' is not known: give one of .*gp3/],
    ['/models/gone.json', /disk model \/models\/gone.json: ENOENT/],
    ['broken.json', /broken.json: not a disk model/],
  ])('refuse the model %s by name', (text, message) => {
    expect(() => modelOf(text)).toThrow(UsageError);
    expect(() => modelOf(text)).toThrow(message);
  });

  it('refuse what is not one of them, and say which there are', () => {
    expect(() => take('--experiment-gravity=0')).toThrow(/unknown experiment --experiment-gravity: .*disk-model/);
    expect(() => take('--experiment-disk-model')).toThrow(/flag needs an argument: --experiment-disk-model/);
  });
});
