import { expect, it } from 'vitest';
import { before, from, peerVersion } from './peer-version.ts';

it('reads a version, and refuses what is none', () => {
  expect(peerVersion('3.6.16')).toEqual([3, 6, 16]);
  expect(peerVersion('3.6')).toEqual([3, 6, 0]);
  expect(peerVersion('3.8.0-alpha.0')).toEqual([3, 8, 0]);
  expect(() => peerVersion('etcd')).toThrow("'etcd' is no version of etcd");
});

it.each([
  ['3.3.99', true],
  ['3.4.33', true],
  ['3.4.34', false],
  ['3.5.15', true],
  ['3.5.16', false],
  ['3.6.0', false],
  ['3.10.0', false],
  ['4.0.0', false],
])('knows whether %s is from before a change that was brought to older minor versions too: %s', (version, isBefore) => {
  const releases = ['3.4.34', '3.5.16', '3.6'];
  expect(before(...releases)(peerVersion(version))).toBe(isBefore);
  expect(from(...releases)(peerVersion(version))).toBe(!isBefore);
});

it('takes a minor version without the change for one from before it', () => {
  expect(before('3.5.33', '3.6.14', '3.7')(peerVersion('3.4.99'))).toBe(true);
});
