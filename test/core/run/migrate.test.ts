import { describe, expect, it } from 'vitest';
import { migrate } from '../../../src/core/run/migrate.ts';

const migrations = {
  1: (older: object) => ({ ...older, first: true }),
  2: (older: object) => ({ ...older, second: 'first' in older }),
};

describe('migrate', () => {
  it('lifts a document step by step', () => {
    expect(migrate({ schemaVersion: 1 }, 1, 3, migrations)).toEqual({ schemaVersion: 3, first: true, second: true });
  });

  it('leaves the present version alone', () => {
    expect(migrate({ schemaVersion: 3 }, 3, 3, migrations)).toEqual({ schemaVersion: 3 });
  });

  it('says which step is missing', () => {
    expect(() => migrate({}, 3, 4, migrations)).toThrow(/version 3/);
  });
});
