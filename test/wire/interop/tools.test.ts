/** The common HTTP/2 tools against our port, plain and TLS. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithPeers, peerPath } from '../../support/peers.ts';
import type { Peer } from '../../support/peers.ts';
import { makeCertificates } from '../support/certificates.ts';
import type { Certificates } from '../support/certificates.ts';
import { grpcMessage } from '../support/frames.ts';
import { liveServer } from '../support/live.ts';

function run(peer: Peer, ...args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(peerPath(peer), args, { encoding: 'latin1', timeout: 200_000 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${peer}: ${error.message}\n${stderr}`));
    });
  });
}

describeWithPeers(['curl', 'nghttp', 'h2load', 'openssl'], 'HTTP/2 tools', () => {
  const GRPC = ['-H', 'content-type: application/grpc', '-H', 'te: trailers'];
  let directory: string;
  let body: string;
  let certificates: Certificates;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'etcdmark-tools-'));
    body = join(directory, 'body');
    writeFileSync(body, grpcMessage('from a tool'));
    certificates = makeCertificates();
  });
  afterAll(() => {
    rmSync(directory, { recursive: true, force: true });
    certificates.remove();
  });

  it('curl --http2-prior-knowledge makes a call', async () => {
    const { endpoint } = await liveServer();
    const out = await run(
      'curl',
      '-s',
      '-i',
      '--http2-prior-knowledge',
      ...GRPC,
      '--data-binary',
      `@${body}`,
      `http://${endpoint}/t.T/Echo`,
    );
    expect(out).toMatch(/^HTTP\/2 200/);
    expect(out).toContain('from a tool');
    expect(out).toContain('grpc-status: 0');
  });

  it('curl over plain HTTP/2 is told when it does not speak gRPC', async () => {
    const { endpoint } = await liveServer();
    const out = await run('curl', '-s', '-i', '--http2-prior-knowledge', `http://${endpoint}/health`);
    expect(out).toMatch(/^HTTP\/2 415/);
  });

  it('curl reaches the HTTP side by HTTP/1.1, and over TLS by either version', async () => {
    const plain = await liveServer();
    expect(await run('curl', '-s', `http://${plain.endpoint}/version`)).toBe('GET /version 0');
    const { endpoint } = await liveServer({ tls: certificates.server });
    const secure = ['-s', '-w', ' HTTP/%{http_version}', '--cacert', certificates.caFile];
    expect(await run('curl', ...secure, `https://${endpoint}/health`)).toBe('GET /health 0 HTTP/2');
    expect(await run('curl', ...secure, '--http1.1', `https://${endpoint}/health`)).toBe('GET /health 0 HTTP/1.1');
    const large = join(directory, 'large');
    writeFileSync(large, Buffer.alloc(1_000_000));
    expect(await run('curl', ...secure, '--data-binary', `@${large}`, `https://${endpoint}/v3/kv/put`)).toBe(
      'POST /v3/kv/put 1000000 HTTP/2',
    );
  });

  it('one port serves TLS and plain where asked to', async () => {
    const { endpoint } = await liveServer({ tls: certificates.server, alsoPlain: true });
    expect(await run('curl', '-s', `http://${endpoint}/plain`)).toBe('GET /plain 0');
    expect(await run('curl', '-s', '--cacert', certificates.caFile, `https://${endpoint}/secure`)).toBe(
      'GET /secure 0',
    );
    await expect(run('curl', '-s', '--http2-prior-knowledge', `http://${endpoint}/x`)).resolves.toBe('');
  });

  it('nghttp makes a call, with priorities, padding and window updates of its own', async () => {
    const { endpoint } = await liveServer();
    const out = await run('nghttp', '-v', '-d', body, '--padding=100', ...GRPC, `http://${endpoint}/t.T/Echo`);
    expect(out).toContain('grpc-status: 0');
    expect(out).toContain('from a tool');
    expect(out).not.toContain(
      'GOAWAY frame <length=8, flags=0x00, stream_id=0>\n          (last_stream_id=0, error_code=PROTOCOL_ERROR',
    );
  });

  it.each(['http', 'https'])('h2load gets every one of 20,000 answers over %s', async (scheme) => {
    const { endpoint } = await liveServer(scheme === 'https' ? { tls: certificates.server } : {});
    const out = await run(
      'h2load',
      '-n',
      '20000',
      '-c',
      '10',
      '-m',
      '50',
      '-d',
      body,
      ...GRPC,
      `${scheme}://${endpoint}/t.T/Echo`,
    );
    expect(out).toContain('20000 succeeded, 0 failed');
  });
});
