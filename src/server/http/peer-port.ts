/** What the peer port answers to plain HTTP: /members and /version, as etcd's does. */
import type { RequestListener } from 'node:http';
import { memberToJson } from '../membership/member-json.ts';
import { hexId } from '../membership/member.ts';
import type { Membership } from '../membership/membership.ts';
import { ETCD_CLUSTER_VERSION, ETCD_VERSION } from '../version.ts';

export function peerPortListener(clusterId: bigint, membership: Membership): RequestListener {
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
    } else {
      response.writeHead(404, { 'Content-Type': 'text/plain; charset=utf-8' }).end('404 page not found\n');
    }
  };
}
