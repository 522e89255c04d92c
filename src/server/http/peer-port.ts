/** What the peer port answers to plain HTTP: /members, /version and /members/hashkv, as etcd's does. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { RevisionHash } from '../maintenance/corruption-check.ts';
import { memberToJson } from '../membership/member-json.ts';
import { hexId } from '../membership/member.ts';
import type { Membership } from '../membership/membership.ts';
import { ETCD_CLUSTER_VERSION, ETCD_VERSION } from '../version.ts';

export const PEER_HASH_PATH = '/members/hashkv';

/** A revision and two braces; more is no such request. */
const HASH_BODY_BYTES = 1024;

export interface PeerPortOptions {
  readonly clusterId: bigint;
  readonly membership: Membership;
  /** What is held at a revision; `done` with undefined where that cannot be said here. */
  readonly hashAt: (revision: number, done: (held: RevisionHash | undefined) => void) => void;
}

export function peerPortListener({ clusterId, membership, hashAt }: PeerPortOptions): RequestListener {
  return (request, response) => {
    const path = new URL(request.url ?? '/', 'http://peer').pathname;
    const headers = { 'Content-Type': 'application/json', 'X-Etcd-Cluster-ID': hexId(clusterId) };
    if (request.method !== 'GET') {
      response.writeHead(405, { Allow: 'GET' }).end();
    } else if (path === '/members') {
      const records = membership.list().map((member) => memberToJson(member));
      response.writeHead(200, headers).end(`[${records.join(',')}]\n`);
    } else if (path === '/version') {
      response
        .writeHead(200, headers)
        .end(JSON.stringify({ etcdserver: ETCD_VERSION, etcdcluster: ETCD_CLUSTER_VERSION }));
    } else if (path === PEER_HASH_PATH) {
      readRevision(request, (revision) => {
        if (revision === undefined) refuse(response, 400, 'error unmarshalling request');
        else
          hashAt(revision, (held) => {
            if (held === undefined) refuse(response, 400, `revision ${revision} cannot be hashed here`);
            else response.writeHead(200, headers).end(hashJson(held, revision));
          });
      });
    } else {
      refuse(response, 404, '404 page not found');
    }
  };
}

function hashJson({ hash, compactRevision }: RevisionHash, revision: number): string {
  return `${JSON.stringify({ hash, compact_revision: compactRevision, hash_revision: revision })}\n`;
}

function refuse(response: ServerResponse, status: number, reason: string): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' }).end(`${reason}\n`);
}

function readRevision(request: IncomingMessage, done: (revision: number | undefined) => void): void {
  let text = '';
  request.setEncoding('utf8');
  request.on('data', (piece: string) => {
    text += piece;
    if (text.length > HASH_BODY_BYTES) request.destroy();
  });
  request.on('error', () => request.destroy());
  request.on('end', () => done(parseRevision(text)));
}

function parseRevision(text: string): number | undefined {
  try {
    const { revision } = JSON.parse(text) as { revision?: unknown };
    return typeof revision === 'number' && Number.isSafeInteger(revision) ? revision : undefined;
  } catch {
    return undefined;
  }
}
