/**
 * The JSON gateway: etcd's API over HTTP/1.1 as `POST /v3/...`, with etcd's rules for JSON.
 *
 *     if (isGatewayPath(path)) await serveGateway(backend, request, response);
 *
 * `backend` makes the calls with encoded messages, so it can be the same dispatcher that gRPC uses; `answer` is the gateway
 * without Node's http around it. Streams are one JSON object a line, `{"result":...}` or at last `{"error":...}`. Statuses and
 * error bodies are those of etcd 3.6, with the older `error` field beside them.
 */
export { answer, DEFAULT_MAX_BODY_BYTES } from './gateway.ts';
export type { GatewayBackend, GatewayCall, GatewayRequest, GatewayResponse } from './gateway.ts';
export { serveGateway } from './node-http.ts';
export { isGatewayPath } from './routes.ts';
