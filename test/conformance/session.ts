/** One server as a program sees it: a connection, its calls, its streams, and the ids it gave out. */
import type { Message, MethodName, MessageName, MethodsThat } from '../../src/core/api/index.ts';
import { METHODS } from '../../src/core/api/index.ts';
import { realClock } from '../../src/platform/clock.ts';
import { ClientPool, PreparedMethod, tcpNetwork, whenReady, type GrpcError } from '../../src/wire/index.ts';
import { codecs, type Codec } from '../../src/wire/messages/index.ts';
import { normalize, type NameOf, type Normal } from './normal-form.ts';
import { WatchLog } from './watch-log.ts';

/** A server that has not answered by then never will. */
export const ANSWER_MS = 30_000;
/** What a name stands for whose grant failed or is no longer in the program. */
const NOBODYS_ID = 0x7777_7777n;

/** `code` 0 and no message where there is a response. */
export interface Answer {
  readonly code: number;
  readonly message: string;
  readonly response: Normal;
}

const clock = realClock();
const prepared = new Map<MethodName, PreparedMethod>();

function preparedMethod(method: MethodName): PreparedMethod {
  let made = prepared.get(method);
  if (made === undefined) {
    made = new PreparedMethod(METHODS[method].path);
    prepared.set(method, made);
  }
  return made;
}

export class Session {
  readonly watches = new Map<number, WatchLog>();
  private readonly keepsPromises: boolean;
  private readonly host: string;
  private readonly port: number;
  private pool: ClientPool;
  private readonly ids = new Map<string, bigint>();
  private readonly names = new Map<bigint, string>();
  private readonly texts = new Map<string, string>();
  private keepAliveStream: MessageStream | undefined;

  /** `keepsPromises`: see WatchLog. */
  constructor(endpoint: string, keepsPromises: boolean) {
    this.keepsPromises = keepsPromises;
    const colon = endpoint.lastIndexOf(':');
    this.host = endpoint.slice(0, colon);
    this.port = Number(endpoint.slice(colon + 1));
    this.pool = this.connect();
  }

  /** Resolves once the server answers on a new connection; the streams of the old one are gone. */
  async reconnect(): Promise<void> {
    this.pool.close();
    this.watches.clear();
    this.keepAliveStream = undefined;
    this.pool = this.connect();
    await whenReady(this.pool);
  }

  close(): void {
    this.pool.close();
  }

  name(name: string, id: bigint): void {
    this.ids.set(name, id);
    this.names.set(id, name);
  }

  idOf(name: string): bigint {
    return this.ids.get(name) ?? NOBODYS_ID;
  }

  readonly nameOf: NameOf = (id) => {
    if (typeof id === 'string') return this.withoutOwnText(id);
    const name = this.names.get(id);
    return name === undefined ? undefined : `<${name}>`;
  };

  /** Learns what this server calls itself. */
  async learnNames(): Promise<void> {
    await this.call('memberList', Buffer.alloc(0), ({ header, members }) => {
      this.name('cluster', (header as Message<'ResponseHeader'>).clusterId);
      const [member] = members as Message<'Member'>[];
      if (member === undefined) return;
      this.name('member', member.id);
      this.texts.set(member.peerUrls[0]!, '<peer URL>');
      this.texts.set(member.clientUrls[0]!, '<client URL>');
    });
  }

  /** A peer URL of its own, as text. */
  textOf(name: string): string {
    return [...this.texts].find(([, known]) => known === `<${name}>`)?.[0] ?? '';
  }

  private withoutOwnText(text: string): string | undefined {
    // Of texts only the alarms in Status tell an id.
    if (text.startsWith('memberID:')) return text.replace(/\d+/, (id) => this.nameOf(BigInt(id)) ?? id);
    return this.texts.get(text);
  }

  /** Never rejects. The response is decoded, and as it came where the caller wants more of it. */
  call(
    method: MethodsThat<'unary'>,
    request: Buffer,
    onResponse?: (response: Record<string, unknown>) => void,
  ): Promise<Answer> {
    const codec = codecs[METHODS[method].response] as unknown as Codec<MessageName>;
    return new Promise((resolve, reject) => {
      this.pool.unary(preparedMethod(method), request, { deadlineMs: clock.nowMs() + ANSWER_MS }, (error, bytes) => {
        if (error !== undefined) {
          resolve({ code: error.code, message: error.message, response: null });
          return;
        }
        try {
          const response = codec.decode(bytes) as Record<string, unknown>;
          onResponse?.(response);
          resolve({ code: 0, message: '', response: normalize(response, this.nameOf) });
        } catch (thrown) {
          reject(thrown instanceof Error ? thrown : new Error(String(thrown)));
        }
      });
    });
  }

  openWatch(stream: number): WatchLog {
    const log = new WatchLog(this.nameOf, this.keepsPromises);
    log.attach(this.pool.stream(preparedMethod('watch'), log));
    this.watches.set(stream, log);
    return log;
  }

  keepAlive(request: Buffer): Promise<Answer> {
    if (this.keepAliveStream === undefined || this.keepAliveStream.hasEnded) {
      this.keepAliveStream = new MessageStream(this.pool, 'leaseKeepAlive', this.nameOf);
    }
    return this.keepAliveStream.ask(request);
  }

  /** The answer to one message on a stream of its own, or how the stream ended. */
  probe(method: 'watch' | 'leaseKeepAlive', request: Buffer): Promise<Answer> {
    const stream = new MessageStream(this.pool, method, this.nameOf);
    return stream.ask(request).finally(() => stream.cancel());
  }

  private connect(): ClientPool {
    return new ClientPool({
      endpoints: [{ host: this.host, port: this.port }],
      connections: 1,
      clock,
      network: tcpNetwork(),
    });
  }
}

/** A stream on which every message gets one answer. */
class MessageStream {
  hasEnded = false;
  private readonly stream: { send(message: Uint8Array): boolean; cancel(): void };
  private waiting: ((answer: Answer) => void)[] = [];

  constructor(pool: ClientPool, method: 'watch' | 'leaseKeepAlive', nameOf: NameOf) {
    const codec = codecs[METHODS[method].response] as unknown as Codec<MessageName>;
    this.stream = pool.stream(preparedMethod(method), {
      onMessage: (bytes) => {
        const response = normalize(codec.decode(bytes), nameOf);
        this.waiting.shift()?.({ code: 0, message: '', response });
      },
      onEnd: (error) => this.end(error),
    });
  }

  ask(request: Buffer): Promise<Answer> {
    return new Promise((resolve) => {
      const timer = clock.after(ANSWER_MS, () => resolve({ code: -1, message: 'no answer', response: null }));
      this.waiting.push((answer) => {
        timer.cancel();
        resolve(answer);
      });
      this.stream.send(request);
    });
  }

  cancel(): void {
    this.stream.cancel();
  }

  private end(error: GrpcError | undefined): void {
    this.hasEnded = true;
    const answer = { code: error?.code ?? 0, message: error?.message ?? 'the stream ended', response: null };
    for (const resolve of this.waiting) resolve(answer);
    this.waiting = [];
  }
}
