import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { answer, type GatewayBackend } from './gateway.ts';

/** Serves one request of Node's http.Server whose path `isGatewayPath`. Settles when the answer has gone out or the client has. */
export async function serveGateway(
  backend: GatewayBackend,
  request: IncomingMessage,
  response: ServerResponse,
  maxBodyBytes?: number,
): Promise<void> {
  const gone = new AbortController();
  const leave = (): void => gone.abort();
  response.once('close', leave);
  const { status, contentType, body } = await answer(
    backend,
    {
      httpMethod: request.method ?? 'GET',
      path: (request.url ?? '').replace(/\?.*$/s, ''),
      body: request,
      token: tokenOf(request),
      timeout: request.headers['grpc-timeout']?.toString() || undefined,
      signal: gone.signal,
    },
    maxBodyBytes,
  );
  if (gone.signal.aborted) return;
  response.statusCode = status;
  response.setHeader('Content-Type', contentType);
  // As the gateway of etcd passes on what its own call was answered with.
  if (status === 200) response.setHeader('Grpc-Metadata-Content-Type', 'application/grpc');
  // A body that is not read to its end would keep the connection from its next request.
  if (!request.complete) response.setHeader('Connection', 'close');
  if (typeof body === 'string') {
    response.end(body);
    return;
  }
  response.flushHeaders();
  try {
    for await (const line of body) {
      if (gone.signal.aborted) return;
      if (!response.write(line)) await once(response, 'drain', { signal: gone.signal });
    }
    response.end();
  } catch (error) {
    if (!gone.signal.aborted) throw error;
  }
}

/** As etcd reads it: `Authorization`, with or without `Bearer `; or gRPC metadata passed through. */
function tokenOf(request: IncomingMessage): string | undefined {
  const passed = request.headers['grpc-metadata-token'];
  const header = request.headers.authorization ?? (Array.isArray(passed) ? passed[0] : passed);
  return header?.replace(/^Bearer /i, '') || undefined;
}
