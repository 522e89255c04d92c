import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/support/property-seed.ts'],
    // What hangs is ended; what a busy machine makes slow is not.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // Polling ends with what is waited for; a busy machine takes longer than the second that is usual.
    expect: { poll: { timeout: 30_000 } },
    pool: 'forks',
    maxWorkers: 2,
  },
});
