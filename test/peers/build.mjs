/**
 * Builds real etcds from the Go module proxy, for the tests that compare with them:
 *
 *     npm run peers [-- VERSION...]
 *
 * into dist/peers/VERSION/. Needs go, and a network or go's own cache; what is built already is left alone.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, URL } from 'node:url';
import { isVersion, PEERS_FOLDER, VERSIONS } from './peers.mjs';

const MAIN = fileURLToPath(new URL('main.go', import.meta.url));
/** What is built, by the package it is built from; etcd itself is main.go. */
const PROGRAMS = { etcd: '.', etcdctl: 'go.etcd.io/etcd/etcdctl/v3', etcdutl: 'go.etcd.io/etcd/etcdutl/v3' };
const MODULES = ['server', 'etcdctl', 'etcdutl'].map((name) => `go.etcd.io/etcd/${name}/v3`);

const asked = process.argv.slice(2);
const versions = asked.length > 0 ? asked : VERSIONS;
const wrong = versions.find((version) => !isVersion(version));
if (wrong !== undefined) fail(`'${wrong}' is no version of etcd; expected one such as ${VERSIONS[0]}`);
try {
  execFileSync('go', ['version'], { stdio: 'ignore' });
} catch {
  fail('go is not installed: peers are built with it');
}
for (const version of versions) build(version);

function build(version) {
  const folder = join(PEERS_FOLDER, version);
  if (existsSync(folder)) {
    console.log(`etcd ${version}: ${folder}`);
    return;
  }
  const work = mkdtempSync(join(tmpdir(), 'etcdmark-peer-'));
  const go = (...args) =>
    execFileSync('go', args, {
      cwd: work,
      stdio: ['ignore', 'ignore', 'pipe'],
      encoding: 'utf8',
      env: { ...process.env, GOFLAGS: '-mod=mod' },
    });
  try {
    copyFileSync(MAIN, join(work, 'main.go'));
    go('mod', 'init', 'peer');
    go('get', ...MODULES.map((module) => `${module}@v${version}`));
    for (const [program, from] of Object.entries(PROGRAMS)) go('build', '-o', join('built', program), from);
    mkdirSync(PEERS_FOLDER, { recursive: true });
    // At once, so that what is there is whole.
    renameSync(join(work, 'built'), folder);
    console.log(`etcd ${version}: ${folder}`);
  } catch (error) {
    fail(`etcd ${version} was not built: ${error.stderr?.trim().split('\n').at(-1) || error.message}`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
