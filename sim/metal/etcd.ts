// Three members of etcd on loopback, for comparison: spoken to by its gateway of HTTP and JSON, since that needs no library.

import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Child, startChild } from './children.ts';
import { freePorts } from './free-ports.ts';

const READY_WITHIN_MS = 60_000;
/** Of whoever was to start it. */
const NO_SUCH_PROGRAM = 127;

type Json = { readonly [field: string]: unknown };

export class Etcd {
  private readonly children: readonly Child[];
  private readonly agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
  private port: number;

  private constructor(children: readonly Child[], port: number) {
    this.children = children;
    this.port = port;
  }

  /** Null: there is no etcd on the PATH. */
  static async start(folder: string): Promise<Etcd | null> {
    const ports = await freePorts(6);
    const peers = ports.slice(3).map((port) => `http://127.0.0.1:${port}`);
    const cluster = peers.map((peer, member) => `m${member}=${peer}`).join(',');
    let isMissing = false;
    const children = peers.map((peer, member) => {
      const at = `http://127.0.0.1:${ports[member]}`;
      const child = startChild('etcd', [
        ...['--name', `m${member}`, '--data-dir', join(folder, `etcd-${member}`), '--log-level', 'error'],
        ...['--listen-client-urls', at, '--advertise-client-urls', at],
        ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer],
        ...['--initial-cluster', cluster, '--initial-cluster-state', 'new'],
      ]);
      child.once('error', () => {
        isMissing = true;
      });
      child.once('close', (code) => {
        if (code === NO_SUCH_PROGRAM) isMissing = true;
      });
      child.stdout.resume();
      child.stderr.resume();
      return child;
    });
    const etcd = new Etcd(children, ports[0]!);
    const until = Date.now() + READY_WITHIN_MS;
    while (!isMissing && Date.now() < until) {
      // Its Leader is asked, as a Leader is here.
      for (const port of ports.slice(0, 3)) {
        etcd.port = port;
        const status = await etcd.post('/v3/maintenance/status', {}).catch(() => null);
        const own = (status?.header as Json | undefined)?.member_id;
        if (status !== null && own !== undefined && status.leader === own) return etcd;
      }
      await sleep(100);
    }
    await etcd.end();
    if (isMissing) return null;
    throw new Error('etcd did not start in time');
  }

  /** A lease, and a key that is there for as long as the lease. */
  async grant(key: string): Promise<string> {
    const { ID } = await this.post('/v3/lease/grant', { TTL: '60' });
    await this.post('/v3/kv/put', { key: Buffer.from(key).toString('base64'), value: 'MQ==', lease: ID });
    return ID as string;
  }

  async keepAlive(lease: string): Promise<void> {
    await this.post('/v3/lease/keepalive', { ID: lease });
  }

  async revoke(lease: string): Promise<void> {
    await this.post('/v3/lease/revoke', { ID: lease });
  }

  async end(): Promise<void> {
    this.agent.destroy();
    await Promise.all(
      this.children.map((child) => {
        if (child.pid === undefined || child.exitCode !== null) return null;
        const ended = new Promise((resolve) => child.once('close', resolve));
        child.kill('SIGKILL');
        return ended;
      }),
    );
  }

  private post(path: string, body: Json): Promise<Json> {
    return new Promise((resolve, reject) => {
      const asked = request(
        { host: '127.0.0.1', port: this.port, path, method: 'POST', agent: this.agent },
        (answer) => {
          let text = '';
          answer.setEncoding('utf8').on('data', (more: string) => {
            text += more;
          });
          answer.once('end', () => {
            if (answer.statusCode === 200) resolve(JSON.parse(text) as Json);
            else reject(new Error(`etcd answers ${answer.statusCode} to ${path}: ${text}`));
          });
        },
      );
      asked.once('error', reject);
      asked.end(JSON.stringify(body));
    });
  }
}
