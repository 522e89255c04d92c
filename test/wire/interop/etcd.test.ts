/** Our client against a real etcd, with messages built by hand. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { callUnary, PreparedMethod, StatusCode } from '../../../src/wire/index.ts';
import { describeWithPeers } from '../../support/peers.ts';
import { startRealEtcd } from '../../support/real-etcd.ts';
import type { RealEtcd } from '../../support/real-etcd.ts';
import { makeCertificates } from '../support/certificates.ts';
import type { Certificates } from '../support/certificates.ts';
import { livePool } from '../support/live.ts';

const PUT = new PreparedMethod('/etcdserverpb.KV/Put');
const RANGE = new PreparedMethod('/etcdserverpb.KV/Range');
const WATCH = new PreparedMethod('/etcdserverpb.Watch/Watch');

/** Field 1 and, where given, field 2, both bytes: PutRequest's key and value, RangeRequest's key and end. */
function fields(first: string, second?: Buffer): Buffer {
  return Buffer.concat([
    bytesField(1, Buffer.from(first)),
    second === undefined ? Buffer.alloc(0) : bytesField(2, second),
  ]);
}

function bytesField(number: number, bytes: Buffer): Buffer {
  const length: number[] = [];
  for (let rest = bytes.length; ; rest >>>= 7) {
    if (rest < 0x80) {
      length.push(rest);
      break;
    }
    length.push((rest & 0x7f) | 0x80);
  }
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...length]), bytes]);
}

describeWithPeers(['etcd', 'openssl'], 'a real etcd', () => {
  let plain: RealEtcd;
  let secure: RealEtcd;
  let made: Certificates;
  beforeAll(async () => {
    made = makeCertificates();
    const tls = [
      '--cert-file',
      made.server.certFile,
      '--key-file',
      made.server.keyFile,
      '--client-cert-auth',
      '--trusted-ca-file',
      made.caFile,
    ];
    plain = await startRealEtcd(['--max-request-bytes', '12000000']);
    secure = await startRealEtcd(tls, 'https');
  });
  afterAll(async () => {
    await plain.stop();
    await secure.stop();
    made.remove();
  });
  const portOf = (etcd: RealEtcd): number => Number(etcd.endpoint.split(':')[1]);

  it('stores and gives back values of 0 B to 10 MB', async () => {
    const pool = livePool(portOf(plain));
    for (const size of [0, 1, 16_384, 70_000, 1_000_000, 10_000_000]) {
      const value = Buffer.alloc(size, 1 + (size % 250));
      await callUnary(pool, PUT, fields(`size-${size}`, value));
      const found = await callUnary(pool, RANGE, fields(`size-${size}`));
      expect(found.includes(value), `${size} B`).toBe(true);
    }
  });

  it('takes twenty thousand puts of five hundred callers over ten connections', async () => {
    const pool = livePool(portOf(plain), { connections: 10 });
    let answered = 0;
    const caller = async (name: number): Promise<void> => {
      for (let i = 0; i < 40; i++) {
        const answer = await callUnary(pool, PUT, fields(`many-${name}-${i}`, Buffer.alloc(100, i)));
        if (answer.length > 0) answered++;
      }
    };
    await Promise.all(Array.from({ length: 500 }, (_, name) => caller(name)));
    expect(answered).toBe(20_000);
  });

  it('answers errors with its own words', async () => {
    const pool = livePool(portOf(plain));
    await expect(callUnary(pool, PUT, Buffer.alloc(0))).rejects.toMatchObject({
      code: StatusCode.InvalidArgument,
      message: 'etcdserver: key is not provided',
    });
    await expect(callUnary(pool, new PreparedMethod('/etcdserverpb.KV/Nope'), Buffer.alloc(0))).rejects.toMatchObject({
      code: StatusCode.Unimplemented,
    });
  });

  it('streams a watch', async () => {
    const pool = livePool(portOf(plain));
    const messages: Buffer[] = [];
    let put: Promise<Buffer> | undefined;
    const error = await new Promise((resolve) => {
      const stream = pool.stream(WATCH, {
        onMessage: (message) => {
          messages.push(Buffer.from(message));
          // The first one says that the watch is there.
          if (messages.length === 1) put = callUnary(pool, PUT, fields('watched', Buffer.from('seen')));
          else stream.cancel();
        },
        onEnd: resolve,
      });
      stream.send(bytesField(1, fields('watched')));
    });
    expect(error).toMatchObject({ code: StatusCode.Cancelled });
    await put;
    expect(messages[1]!.includes('seen')).toBe(true);
  });

  it('speaks mutual TLS', async () => {
    const pool = livePool(portOf(secure), { tls: { trustedCaFile: made.caFile, ...made.client } });
    await callUnary(pool, PUT, fields('tls', Buffer.from('value')));
    expect((await callUnary(pool, RANGE, fields('tls'))).includes('value')).toBe(true);
  });
});
