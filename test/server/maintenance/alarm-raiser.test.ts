import { expect, it } from 'vitest';
import { AlarmAction, AlarmType } from '../../../src/core/api/index.ts';
import { MemoryCluster } from '../../support/memory-cluster.ts';
import { MemberClient } from '../support/member-client.ts';

it('raises no alarm of its own because another one refuses a write', () => {
  const cluster = new MemoryCluster(1);
  const client = new MemberClient(cluster.elect(), cluster.clock);
  const raised = { action: AlarmAction.ACTIVATE, memberId: 4711n, alarm: AlarmType.NOSPACE };
  client.unary('alarm', raised);
  cluster.clock.advance(1000);
  const put = client.unary('put', { key: 'a' });
  cluster.clock.advance(1000);
  expect(put.failure?.message).toBe('etcdserver: mvcc: database space exceeded');
  const alarms = client.unary('alarm', { action: AlarmAction.GET });
  cluster.clock.advance(1000);
  expect(alarms.answer?.alarms).toEqual([{ memberId: 4711n, alarm: AlarmType.NOSPACE }]);
});
