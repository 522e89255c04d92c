// The bundled server against a real etcd on this machine, with the same client, from the built files:
//
//     node test/bench/server.mjs [--quick] [--only puts,rates,...] [--rounds N] [--keys N] [--revisions N]
//
// puts       puts/s at 1, 100 and 1,000 clients, one member and three (to the leader); CPU and disk syncs per put
// rates      latency of puts at equal rates that both can serve
// txns       Txn as kube-apiserver creates and updates; rates, and latency at equal rates
// ranges     one key, linearizable and serializable; 10,000 keys; likewise
// stalls     what others wait beside ranges of 10,000 keys
// watches    1,000 and 10,000 watchers of one key with one writer
// leases     grants and renewals
// memory     resident sets, size and start with --keys keys of --revisions revisions
// compaction the worst wait of a client while --keys revisions are compacted; while the file is defragmented
// start      with many keys, to readiness; three new members, to the first write
//
// Slices of both servers in turn; every figure is ours / etcd, the geometric mean with its 95 % interval. The medians in
// brackets are of this machine in this hour and mean nothing elsewhere. A target is met or not met when the whole interval
// says so; a tail counts as not met only if the interval lies above its target.
import { REQUEST_SECTIONS } from './server-requests.mjs';
import { ROUNDS, only } from './server-slices.mjs';
import { STORE_SECTIONS } from './server-store.mjs';

const sections = { ...REQUEST_SECTIONS, ...STORE_SECTIONS };
const wanted = only ?? Object.keys(sections);
const unknown = wanted.filter((name) => !(name in sections));
if (unknown.length > 0) {
  console.error(`no section ${unknown.join(', ')}; there are ${Object.keys(sections).join(', ')}`);
  process.exit(2);
}
console.log(`ours / etcd, ${ROUNDS} rounds of interleaved slices`);
for (const name of wanted) {
  console.log(`\n${name}`);
  await sections[name]();
}
