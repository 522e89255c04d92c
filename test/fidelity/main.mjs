/**
 * Records what a real kube-apiserver sends to etcd and writes its shapes down:
 *
 *     node test/fidelity/main.mjs --kubernetes FOLDER --kwok BINARY [--kwok-stages FOLDER] --endpoint HOST:PORT
 *                                 [--etcd-version TEXT] [--only SCENARIO]... [--keep FILE] [--output FILE]
 *     node test/fidelity/main.mjs --from FILE [--output FILE]       distils what an earlier recording kept
 *
 * FOLDER holds kube-apiserver, kube-controller-manager, kube-scheduler and kubectl; the etcd at HOST:PORT is empty. It takes
 * about ten minutes. The file that the tests compare with is test/golden/kubernetes/kube-apiserver.json.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { deserialize, serialize } from 'node:v8';
import { loadTranspiled } from '../conformance/program-files.mjs';

const { values } = parseArgs({
  options: {
    kubernetes: { type: 'string' },
    kwok: { type: 'string' },
    'kwok-stages': { type: 'string' },
    endpoint: { type: 'string' },
    'etcd-version': { type: 'string', default: 'unknown' },
    only: { type: 'string', multiple: true, default: [] },
    keep: { type: 'string' },
    from: { type: 'string' },
    output: { type: 'string' },
  },
});
const { module, remove } = await loadTranspiled('test/fidelity/record.ts');
try {
  const recording = values.from === undefined ? await recorded() : deserialize(readFileSync(values.from));
  if (values.keep !== undefined) writeFileSync(values.keep, serialize(recording));
  const text = `${lines(module.distilled(recording), 4)}\n`;
  if (values.output === undefined) console.log(text);
  else writeFileSync(values.output, text);
} finally {
  remove();
}

async function recorded() {
  for (const name of ['kubernetes', 'kwok', 'endpoint']) {
    if (values[name] === undefined) throw new Error(`--${name} is missing`);
  }
  const recording = await module.record({
    binaries: { kubernetes: values.kubernetes, kwok: values.kwok, stages: values['kwok-stages'] },
    endpoint: values.endpoint,
    only: values.only,
    progress: (line) => console.error(line),
  });
  recording.versions.etcd = values['etcd-version'];
  return recording;
}

/** JSON of which the outer `depth` levels have a line for each member. */
function lines(value, depth, indent = '') {
  if (depth === 0 || typeof value !== 'object') return JSON.stringify(value);
  const deeper = indent + '  ';
  const members = Object.entries(value).map(([name, member]) => {
    const inner = name === 'lives' || name === 'sizes' ? 1 : depth - 1;
    return `${deeper}${JSON.stringify(name)}: ${lines(member, inner, deeper)}`;
  });
  return `{\n${members.join(',\n')}\n${indent}}`;
}
