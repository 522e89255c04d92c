/**
 * The verbs of the real etcdctl, one after the other on the bundled server and on a real etcd: the same output, the same
 * exit codes. What must differ (ids, sizes, times, versions, hashes of different stores) is masked.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEtcdctl, type CtlResult } from '../../cluster-e2e/support/etcdctl.ts';
import { Workbench, type BenchMember } from '../../cluster-e2e/support/workbench.ts';
import { describeWithPeers } from '../../support/peers.ts';
import { mask } from './mask.ts';

/** Arguments, what goes to stdin, and variables that earlier steps have set (`$LEASE`). */
type Step = readonly [args: string, stdin?: string];

const KEYS: Step[] = [
  ['put a 1'],
  ['put a 2 --prev-kv'],
  ['put b x -w json'],
  ['get a'],
  ['get a -w json'],
  ['get a -w fields'],
  ['get a --hex'],
  ['get "" --prefix --keys-only'],
  ['get a z --limit=1'],
  ['get a z --order=DESCEND --sort-by=KEY'],
  ['get a z --order=ASCEND --sort-by=MODIFY --print-value-only'],
  ['get a --rev=2'],
  ['get a --rev=99999'],
  ['get a --count-only -w fields'],
  ['get none'],
  ['put a --ignore-value'],
  ['put none --ignore-value'],
  ['put c 1 --ignore-lease'],
  ['put c 1 --lease=1234'],
  ['del a --prev-kv'],
  ['del a'],
  ['del "" --from-key -w json'],
  ['put'],
  ['get'],
  ['no-such-verb'],
];

const TRANSACTIONS: Step[] = [
  ['put flag off'],
  ['txn', 'value("flag") = "off"\n\nput flag on\nget flag\n\nput flag odd\n\n'],
  ['txn', 'value("flag") = "off"\nmod("flag") > "1"\n\nput flag never\n\nget flag\ndel flag\n\n'],
  ['txn', 'create("flag") = "0"\nversion("none") = "0"\n\nput flag again\n\nget flag\n\n'],
  ['txn -w json', 'version("flag") > "0"\n\nget flag\n\n\n'],
  ['txn', '\nput same 1\nput same 2\n\n\n'],
];

const LEASES: Step[] = [
  ['lease grant 600'],
  ['put leased 1 --lease=$LEASE'],
  ['lease timetolive $LEASE --keys'],
  ['lease timetolive $LEASE -w json'],
  ['lease list'],
  ['lease keep-alive --once $LEASE'],
  ['lease revoke $LEASE'],
  ['lease revoke $LEASE'],
  ['lease timetolive $LEASE'],
  ['lease keep-alive --once $LEASE'],
  ['get leased'],
  ['lease grant 99999999999'],
];

/** The lines of the runbooks: health, status, members, alarms, space. */
const RUNBOOKS: Step[] = [
  ['endpoint health'],
  ['endpoint health --cluster'],
  ['endpoint status'],
  ['endpoint status --write-out=table'],
  ['endpoint status --write-out=table --cluster'],
  ['endpoint status --write-out=json'],
  ['endpoint status --write-out=fields'],
  ['endpoint hashkv'],
  ['endpoint hashkv -w json'],
  ['endpoint hashkv -w table'],
  ['member list'],
  ['member list -w table'],
  ['member list -w json'],
  ['member list -w fields'],
  ['alarm list'],
  ['alarm disarm'],
  ['put /registry/pods/default/one x'],
  ['put /registry/pods/default/two x'],
  ['get /registry --prefix --keys-only'],
  ['get / --prefix --keys-only --limit=5'],
  ['compact $REVISION'],
  ['compact $REVISION'],
  ['compact 99999'],
  ['compact $REVISION --physical'],
  ['get a --rev=1'],
  ['defrag'],
  ['defrag --cluster'],
  ['put /test/healthcheck ok'],
  ['del /test/healthcheck'],
  ['move-leader 1234'],
  ['member remove 1234'],
  ['member promote 1234'],
  ['member update 1234 --peer-urls=http://127.0.0.1:1'],
  ['member add x --peer-urls=nonsense'],
];

const CONCURRENCY: Step[] = [['lock the-lock echo held'], ['lock the-lock --ttl=5 false']];

describeWithPeers(['etcd', 'etcdctl'], 'etcdctl', () => {
  let bench: Workbench;
  let ours: BenchMember;
  let theirs: BenchMember;

  beforeAll(async () => {
    bench = new Workbench();
    [ours, theirs] = await Promise.all([bench.member({}, 'one'), bench.member({ program: 'etcd' }, 'one-too')]);
  });
  afterAll(() => bench.close());

  const both: [string, Step[]][] = [
    ['keys', KEYS],
    ['transactions', TRANSACTIONS],
    ['leases', LEASES],
    ['the runbooks’ lines', RUNBOOKS],
    ['locks', CONCURRENCY],
  ];
  it.each(both)('says the same about %s', async (_name, steps) => {
    const [own, real] = await Promise.all([run(ours, steps), run(theirs, steps)]);
    expect(own).toEqual(real);
  });

  describe('watching', () => {
    const watch = async (member: BenchMember): Promise<string> => {
      const watching = startEtcdctl([`--endpoints=${member.endpoint}`, 'watch', 'w/', '--prefix', '--prev-kv']);
      // Only an event shows that the watch stands.
      let isSeen = false;
      const seen = watching.saw(/w\/first\n/).then(() => (isSeen = true));
      while (!isSeen) {
        await bench.ctl([member], ['put', 'w/first', 'x']);
        await Promise.race([seen, new Promise((resolve) => setTimeout(resolve, 200))]);
      }
      await bench.ctl([member], ['put', 'w/key', '1']);
      await bench.ctl([member], ['put', 'w/key', '2']);
      await bench.ctl([member], ['del', 'w/key']);
      await bench.ctl([member], ['put', 'w/last', 'x']);
      await watching.saw(/w\/last\nx\n/);
      watching.interrupt();
      const { stdout } = await watching.done;
      return stdout.slice(stdout.lastIndexOf('w/first\nx\n'));
    };

    it('prints the same events', async () => {
      const [own, real] = [await watch(ours), await watch(theirs)];
      expect(own).toContain('DELETE\nw/key\n2\nw/key\n');
      expect(own).toBe(real);
    });

    it('from a past that has been compacted ends in the same words', async () => {
      const history = (member: BenchMember): Promise<CtlResult> => bench.ctl([member], ['watch', 'w/key', '--rev=1']);
      const [own, real] = [await history(ours), await history(theirs)];
      // Revision 1 has been compacted.
      expect(own.code).toBe(real.code);
      expect(own.code).not.toBe(0);
      expect(mask(own.stderr)).toBe(mask(real.stderr));
    });
  });

  it('elects, and proclaims to who listens', async () => {
    const campaign = startEtcdctl([`--endpoints=${ours.endpoint}`, 'elect', 'chair', 'candidate']);
    await campaign.saw(/^chair\/[0-9a-f]+\ncandidate\n$/);
    const listener = startEtcdctl([`--endpoints=${ours.endpoint}`, 'elect', '-l', 'chair']);
    await listener.saw(/^chair\/[0-9a-f]+\ncandidate\n$/);
    for (const each of [listener, campaign]) {
      each.interrupt();
      await each.done;
    }
  });

  async function run(member: BenchMember, steps: readonly Step[]): Promise<string[]> {
    const transcript: string[] = [];
    let lease = '';
    let revision = '';
    for (const [text, stdin] of steps) {
      const args = text
        .replaceAll('$LEASE', lease)
        .replaceAll('$REVISION', revision)
        .split(' ')
        .map((arg) => arg.replace(/^""$/, ''));
      const { stdout, stderr, code } = await bench.ctl([member], args, stdin === undefined ? {} : { stdin });
      lease = /lease ([0-9a-f]{1,16}) granted/.exec(stdout)?.[1] ?? lease;
      revision = /"revision":(\d+)/.exec(stdout)?.[1] ?? revision;
      transcript.push(`$ ${text}\n${mask(stdout)}${mask(stderr)}exit ${code}`);
    }
    return transcript;
  }
});
