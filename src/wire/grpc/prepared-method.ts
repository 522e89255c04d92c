/** A method to call, with the header fields that are the same in every call. */
import type { HeaderField } from '../hpack/encoder.ts';
import { Metadata } from './metadata.ts';

let nextId = 0;

/** Make one per method and keep it: each connection remembers the encoded header block of each prepared method. */
export class PreparedMethod {
  /** Small and unique, to find a connection's block by. */
  readonly id: number;
  /** `/package.Service/Method`. */
  readonly path: string;
  readonly metadata: Metadata;

  constructor(path: string, metadata: Metadata = Metadata.empty) {
    this.id = nextId++;
    this.path = path;
    this.metadata = metadata;
  }

  /** Everything but the timeout and a call's own metadata. */
  fields(scheme: string, authority: string): HeaderField[] {
    return [
      { name: ':method', value: 'POST', index: true },
      { name: ':scheme', value: scheme, index: true },
      { name: ':path', value: this.path, index: true },
      { name: ':authority', value: authority, index: true },
      { name: 'te', value: 'trailers', index: true },
      { name: 'content-type', value: 'application/grpc', index: true },
      { name: 'user-agent', value: 'etcdmark', index: true },
      ...metadataFields(this.metadata, true),
    ];
  }
}

export function metadataFields(metadata: Metadata, index: boolean): HeaderField[] {
  return [...metadata].map(([name, value]) => ({ name, value, index }));
}
