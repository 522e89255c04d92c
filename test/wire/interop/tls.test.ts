/** Our client and our port over TLS, with and without client certificates. */
import { copyFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { callUnary, PreparedMethod } from '../../../src/wire/index.ts';
import { describeWithPeers } from '../../support/peers.ts';
import { makeCertificates } from '../support/certificates.ts';
import type { Certificates } from '../support/certificates.ts';
import { livePool, liveServer } from '../support/live.ts';

const ECHO = new PreparedMethod('/t.T/Echo');
const WHO = new PreparedMethod('/t.T/Who');

describeWithPeers(['openssl'], 'TLS', () => {
  let made: Certificates;
  beforeAll(() => (made = makeCertificates()));
  afterAll(() => made.remove());

  it('carries messages of 0 B to 2 MB', async () => {
    const { port } = await liveServer({ tls: made.server });
    const pool = livePool(port.port, { tls: { trustedCaFile: made.caFile } });
    for (const size of [0, 1, 65_536, 2_097_152]) {
      const message = Buffer.alloc(size, 7);
      expect((await callUnary(pool, ECHO, message)).equals(message)).toBe(true);
    }
  });

  it('tells the handler the CommonName of a client certificate, and demands one', async () => {
    const { port } = await liveServer({ tls: { ...made.server, trustedCaFile: made.caFile, clientCertAuth: true } });
    const known = livePool(port.port, { tls: { trustedCaFile: made.caFile, ...made.client } });
    expect(String(await callUnary(known, WHO, Buffer.alloc(0)))).toBe('alice');
    const unknown = livePool(port.port, { tls: { trustedCaFile: made.caFile } });
    await expect(callUnary(unknown, WHO, Buffer.alloc(0))).rejects.toMatchObject({ code: 14 });
  });

  it('refuses a server it does not know, and one that does not speak TLS', async () => {
    const { port } = await liveServer({ tls: made.server });
    const stranger = livePool(port.port, { tls: {} });
    await expect(callUnary(stranger, ECHO, Buffer.alloc(0))).rejects.toThrow(/certificate/);
    const plain = await liveServer();
    const secure = livePool(plain.port.port, { tls: { insecureSkipVerify: true } });
    await expect(callUnary(secure, ECHO, Buffer.alloc(0))).rejects.toThrow(
      'the server does not speak TLS, the client does',
    );
    const insecure = livePool(port.port);
    await expect(callUnary(insecure, ECHO, Buffer.alloc(0))).rejects.toMatchObject({ code: 14 });
  });

  it('serves new certificates from a reload on, and keeps the old ones when the new are broken', async () => {
    const files = { certFile: `${made.directory}/live.pem`, keyFile: `${made.directory}/live.key` };
    const install = (pair: { certFile: string; keyFile: string }): void => {
      copyFileSync(pair.certFile, files.certFile);
      copyFileSync(pair.keyFile, files.keyFile);
    };
    install(made.server);
    const { port } = await liveServer({ tls: files });
    const served = async (): Promise<string> => {
      const { connect } = await import('node:tls');
      return new Promise((resolve, reject) => {
        const socket = connect({ port: port.port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
          resolve(socket.getPeerCertificate().subject.CN as string);
          socket.destroy();
        });
        socket.on('error', reject);
      });
    };
    expect(await served()).toBe('localhost');
    install(made.issue('next', 'next'));
    port.reloadTls();
    expect(await served()).toBe('next');
    copyFileSync(made.server.keyFile, files.keyFile);
    expect(() => port.reloadTls()).toThrow(/live\.pem.*key values mismatch/);
    expect(await served()).toBe('next');
  });

  it('names files that cannot be used', async () => {
    const missing = { certFile: '/nowhere/cert.pem', keyFile: '/nowhere/key.pem' };
    await expect(liveServer({ tls: missing })).rejects.toThrow(/TLS: ENOENT.*\/nowhere\/cert\.pem/);
    expect(() => livePool(1, { tls: { certFile: made.client.certFile } })).toThrow(
      'a client certificate needs its key',
    );
  });
});
