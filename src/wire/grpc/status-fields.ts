/** The trailers that say how a call ended. */
import type { HeaderField } from '../hpack/encoder.ts';
import { encodeStatusMessage } from './status-message.ts';
import type { StatusCode } from './status.ts';

/** `grpc-status` and, where there is one, `grpc-message`. */
export function statusFields(code: StatusCode, message: string): HeaderField[] {
  const status = { name: 'grpc-status', value: String(code), index: false };
  if (message === '') return [status];
  return [status, { name: 'grpc-message', value: encodeStatusMessage(message), index: false }];
}

/** All that is said to a request that is no gRPC call: a response without a body. */
export function rejectionFields(httpStatus: number, code: StatusCode, message: string): HeaderField[] {
  return [
    { name: ':status', value: String(httpStatus), index: false },
    { name: 'content-type', value: 'application/grpc', index: false },
    ...statusFields(code, message),
  ];
}
