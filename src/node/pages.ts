// A few pages for monitoring, over HTTP on loopback: whoever may read them is on this machine. They can be read and nothing else.

import { createServer, type Server } from 'node:http';
import { type Address, isLoopback } from './address.ts';

export interface Page {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

const LONGEST_REQUEST_MS = 5000;
const MOST_CONNECTIONS = 100;

export class Pages {
  private readonly server: Server;

  /** `pages`: by path, made when they are asked for. */
  constructor(pages: ReadonlyMap<string, () => Page>) {
    this.server = createServer(
      { requestTimeout: LONGEST_REQUEST_MS, headersTimeout: LONGEST_REQUEST_MS, maxHeaderSize: 8192 },
      (request, response) => {
        const page = pages.get(request.url?.split('?')[0] ?? '');
        const isReading = request.method === 'GET' || request.method === 'HEAD';
        const { status, type, body } =
          page === undefined ? NOT_FOUND : isReading ? page() : { ...NOT_FOUND, status: 405 };
        response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
        response.end(request.method === 'HEAD' ? undefined : body);
      },
    );
    this.server.maxConnections = MOST_CONNECTIONS;
  }

  /** Rejects with what the system says, or when it is not this machine's own address. */
  open({ host, port }: Address): Promise<void> {
    if (!isLoopback(host)) return Promise.reject(new Error('expected an address such as 127.0.0.1:9093'));
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, host, () => {
        this.server.off('error', reject);
        resolve();
      });
    });
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}

const NOT_FOUND: Page = { status: 404, type: 'text/plain', body: 'there are /metrics and /health\n' };
