/** Requests at a kube-apiserver, as JSON. Its certificate is its own and is not judged. */
import { Agent, request } from 'node:https';

export interface ApiAnswer {
  readonly status: number;
  readonly text: string;
}

export class ApiClient {
  private readonly agent = new Agent({ keepAlive: true, rejectUnauthorized: false, maxSockets: 64 });
  private readonly port: number;
  private readonly token: string;

  constructor(port: number, token: string) {
    this.port = port;
    this.token = token;
  }

  /** Ends with the answer whatever its status; rejects where there is none. */
  send(method: string, path: string, body?: unknown, type = 'application/json'): Promise<ApiAnswer> {
    const bytes = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    return new Promise((resolve, reject) => {
      const sent = request(
        {
          host: '127.0.0.1',
          port: this.port,
          method,
          path,
          agent: this.agent,
          headers: {
            authorization: `Bearer ${this.token}`,
            ...(bytes === undefined ? {} : { 'content-type': type, 'content-length': bytes.length }),
          },
        },
        (answer) => {
          let text = '';
          answer.setEncoding('utf8');
          answer.on('data', (chunk: string) => (text += chunk));
          answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
          answer.on('error', reject);
        },
      );
      sent.on('error', reject);
      sent.end(bytes);
    });
  }

  /** The answer's JSON; throws where it is not 2xx. */
  async json<T>(method: string, path: string, body?: unknown, type?: string): Promise<T> {
    const { status, text } = await this.send(method, path, body, type);
    if (status < 200 || status > 299) throw new Error(`${method} ${path}: ${status} ${text.slice(0, 300)}`);
    return JSON.parse(text) as T;
  }
}
