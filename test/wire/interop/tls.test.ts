/** Our client and our port over TLS, with and without client certificates. */
import { copyFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { callUnary, PreparedMethod } from '../../../src/wire/index.ts';
import type { RejectedConnection } from '../../../src/wire/index.ts';
import { describeWithPeers } from '../../support/peers.ts';
import { makeCertificates } from '../support/certificates.ts';
import type { Certificates, KeyPair } from '../support/certificates.ts';
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

  it('turns away certificates on the list of revoked ones, as the file stands at that moment', async () => {
    const [good, bad] = [made.issue('good', 'good'), made.issue('bad', 'bad')];
    const nobody = await liveServer({
      tls: { ...made.server, trustedCaFile: made.caFile, crlFile: made.revoke().der },
    });
    const pool = livePool(nobody.port.port, { tls: { trustedCaFile: made.caFile, ...bad } });
    expect(String(await callUnary(pool, WHO, Buffer.alloc(0)))).toBe('bad');
    const { pem, der } = made.revoke(bad);
    const late = made.issue('late', 'late');
    for (const crlFile of [pem, der]) {
      const rejected: RejectedConnection[] = [];
      const { port } = await liveServer({
        tls: { ...made.server, trustedCaFile: made.caFile, crlFile },
        onRejected: (connection) => rejected.push(connection),
      });
      const ask = (pair: KeyPair) =>
        callUnary(livePool(port.port, { tls: { trustedCaFile: made.caFile, ...pair } }), WHO, Buffer.alloc(0));
      expect(String(await ask(good))).toBe('good');
      await expect(ask(bad)).rejects.toMatchObject({ code: 14 });
      expect(rejected[0]).toMatchObject({ remoteAddress: expect.stringMatching(/^127\.0\.0\.1:\d+$/) as string });
      expect(rejected[0]?.error.message).toMatch(/^certificate [0-9A-F]+ is revoked$/);
      if (crlFile === pem) {
        expect(String(await ask(late))).toBe('late');
        made.revoke(late);
      }
      await expect(ask(late)).rejects.toMatchObject({ code: 14 });
    }
  });

  it('tells of whom it turns away in the handshake', async () => {
    const rejected: RejectedConnection[] = [];
    const { port } = await liveServer({
      tls: { ...made.server, trustedCaFile: made.caFile },
      onRejected: (connection) => rejected.push(connection),
    });
    const pool = livePool(port.port, { tls: { trustedCaFile: made.caFile, serverName: 'localhost' } });
    await expect(callUnary(pool, WHO, Buffer.alloc(0))).rejects.toMatchObject({ code: 14 });
    expect(rejected[0]).toMatchObject({ serverName: 'localhost' });
    expect(rejected[0]?.error.message).toMatch(/peer did not return a certificate/);
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
    const noList = { ...made.server, crlFile: made.server.certFile };
    await expect(liveServer({ tls: noList })).rejects.toThrow(/TLS: .*server\.pem: not a list of revoked certificates/);
    expect(() => livePool(1, { tls: { certFile: made.client.certFile } })).toThrow(
      'a client certificate needs its key',
    );
  });
});
