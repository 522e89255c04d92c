import { expect, it } from 'vitest';
import { ForwardedSessions } from '../../../src/core/raft/forwarded-sessions.ts';

it('takes each forwarded proposal once, and none that was overtaken', () => {
  const sessions = new ForwardedSessions();
  expect(sessions.take(1n, 10, 1)).toBe(true);
  expect(sessions.take(1n, 10, 1)).toBe(false);
  expect(sessions.take(1n, 10, 3)).toBe(true);
  expect(sessions.take(1n, 10, 2)).toBe(false);
  // Another sender, and the same after a restart, count for themselves.
  expect(sessions.take(2n, 10, 1)).toBe(true);
  expect(sessions.take(1n, 11, 1)).toBe(true);
  expect(sessions.take(1n, 10, 3)).toBe(false);
  sessions.clear();
  expect(sessions.take(1n, 10, 1)).toBe(true);
});

it('stays bounded when a sender starts over and over', () => {
  const sessions = new ForwardedSessions();
  const taken = Array.from({ length: 1000 }, (_, session) => sessions.take(1n, session, 1)).filter(Boolean);
  expect(taken.length).toBe(64);
});
