/** The JSON gateway's place on the client port. */
import type { MemberServices } from '../services.ts';
import type { HttpRoute } from './client-port.ts';

export function gatewayRoute(_services: MemberServices): HttpRoute {
  return () => false;
}
