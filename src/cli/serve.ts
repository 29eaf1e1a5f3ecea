// `regency serve`: a license server of a pool, until it is told to stop.

import { hostname } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import type { Daemon } from '../daemon/daemon.ts';
import { asJsonLine, asTextLine, isOfACall } from '../daemon/event-line.ts';
import { isReady, Metrics } from '../daemon/metrics.ts';
import { startDaemon, wrongKeys } from '../daemon/start.ts';
import { UsageLog } from '../daemon/usage-log.ts';
import { parseAddress } from '../node/address.ts';
import { uriOf } from '../node/identity.ts';
import { type Keys, readKeys } from '../node/keys.ts';
import { type Page, Pages } from '../node/pages.ts';
import { readVendor } from '../node/vendor.ts';
import { type KeyOptions, keyPaths, keysBy, withKeyOptions } from './key-options.ts';
import { CannotGoOn, type ExitCode, endingWith, print } from './terminal.ts';

const EXAMPLES = `
Examples:
  $ regency serve --keys keys/servers/alpha --data /var/lib/regency --file lservrlf --first-installation
  $ regency serve --keys /etc/regency --data /var/lib/regency --json --metrics 127.0.0.1:9093
  $ regency serve --keys /etc/regency --data /var/lib/regency --vendor-key /etc/regency/vendor.pem
  $ regency serve --plaintext --host s1 --data s1 --file lservrlf --first-installation

What became of tokens is kept in usage.ndjson in the data folder: grants, releases, lapses and denials.

SIGHUP reads the keys again; connections stay. SIGTERM and SIGINT stop the server: when it leads, it hands over first, which takes
some seconds at most; a second one stops it at once.

Exit code: 0 stopped by a signal, 2 it could not start or could not go on.
`;

const DAY_MS = 86_400_000;
const WARN_BEFORE_MS = 30 * DAY_MS;

interface Options extends KeyOptions {
  readonly data: string;
  readonly file?: string;
  readonly listen?: string;
  readonly host: string;
  readonly firstInstallation?: boolean;
  readonly vendorKey?: string;
  readonly logCalls?: boolean;
  readonly metrics?: string;
  readonly json?: boolean;
}

export function serveCommand(): Command {
  const command = new Command('serve')
    .description('run a license server of a pool')
    .requiredOption('--data <folder>', 'the folder that is its own: its store and its license file')
    .option('--file <lservrlf>', 'the license file, for a folder that has none yet')
    .option('--host <name>', 'which server of the license file this is', hostname())
    .option('--listen <host:port>', 'where to listen, if not where the license file says')
    .option('--first-installation', 'nobody holds a token of this pool yet: no quarantine after it is formed')
    .option('--vendor-key <file>', 'take licenses only that were signed with the key to this one (PEM)')
    .option('--log-calls', 'log every grant, renewal and release, too')
    .option('--json', 'log JSON, one object a line')
    .option(
      '--metrics <host:port>',
      'serve /metrics (for Prometheus) and /health there, on a loopback address',
    );
  return withKeyOptions(command).addHelpText('after', EXAMPLES).action(endingWith(serve));
}

async function serve(options: Options): Promise<ExitCode> {
  const keys = keysBy(options);
  const vendor = options.vendorKey === undefined ? null : readVendor(options.vendorKey);
  if (typeof vendor === 'string') throw new CannotGoOn(vendor);
  const log = (what: object): void => {
    print((options.json ? asJsonLine : asTextLine)(new Date(), options.host, what));
  };
  let end: (code: ExitCode) => void = () => {};
  const ended = new Promise<ExitCode>((resolve) => {
    end = resolve;
  });
  const metrics = new Metrics();
  const usage = new UsageLog(join(options.data, 'usage.ndjson'), options.host, (because) =>
    log({ kind: 'failed to log usage', because }),
  );
  let daemon: Daemon | null = null;
  const pages =
    options.metrics === undefined ? null : await openPages(options.metrics, metrics, () => daemon);
  const started = await startDaemon(
    {
      host: options.host,
      folder: options.data,
      licenseFile: options.file ?? null,
      listen: options.listen ?? null,
      isFirstInstallation: options.firstInstallation ?? false,
      keys,
      vendor,
    },
    {
      noted: (event) => {
        metrics.noted(event);
        usage.noted(event);
        if (options.logCalls || !isOfACall(event)) log(event);
      },
      turnedAway: (address, because, unsaid) =>
        log({ kind: 'turned away', address, because, ...(unsaid > 0 && { unsaid }) }),
      failed: (because) => {
        log({ kind: 'failed', because });
        end(2);
      },
    },
  );
  if (typeof started === 'string') {
    pages?.close();
    throw new CannotGoOn(started);
  }
  daemon = started.daemon;
  usage.write('server up');
  log({
    kind: 'server up',
    address: started.address,
    ...(keys && { as: uriOf(keys.identity), keysExpireAt: keys.expiresAt }),
  });
  if (started.objection !== null) log({ kind: 'edit not signed', because: started.objection });
  const warn = (): void => warnOfExpiry(started.daemon, log);
  warn();
  setInterval(warn, DAY_MS).unref();
  process.on('SIGHUP', () => renewKeys(options, keys, started.daemon, log));
  let isLeaving = false;
  const leave = async (): Promise<void> => {
    if (isLeaving) end(0);
    isLeaving = true;
    log({ kind: 'stopping' });
    await started.daemon.leaveOffice();
    end(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, leave);
  const code = await ended;
  started.daemon.stop();
  usage.write('server down');
  usage.flush();
  log({ kind: 'server down' });
  // Timers and sockets may still be there; nothing that counts is.
  setImmediate(() => process.exit(code));
  return code;
}

/** What cannot be used is told, and changes nothing. */
function renewKeys(options: Options, former: Keys | null, daemon: Daemon, log: (what: object) => void): void {
  const paths = keyPaths(options);
  if (paths === null || former === null) return;
  const keys = readKeys(paths, new Date());
  const wrong = typeof keys === 'string' ? keys : wrongKeys(keys, options.host, former.identity.pool);
  if (typeof keys === 'string' || wrong !== null) {
    log({ kind: 'keys not renewed', because: wrong });
    return;
  }
  daemon.renewKeys(keys);
  log({ kind: 'keys renewed', keysExpireAt: keys.expiresAt });
}

async function openPages(text: string, metrics: Metrics, daemon: () => Daemon | null): Promise<Pages> {
  const address = parseAddress(text);
  if (address === null) throw new CannotGoOn(`--metrics ${text}: expected HOST:PORT`);
  const pages = new Pages(
    new Map([
      ['/metrics', () => metricsPage(metrics, daemon())],
      ['/health', () => healthPage(daemon())],
    ]),
  );
  try {
    await pages.open(address);
  } catch (error) {
    throw new CannotGoOn(`--metrics ${text}: ${(error as Error).message}`);
  }
  return pages;
}

function metricsPage(metrics: Metrics, daemon: Daemon | null): Page {
  const type = 'text/plain; version=0.0.4; charset=utf-8';
  const body = daemon === null ? '' : metrics.text(daemon.report(), daemon.surroundings);
  return { status: 200, type, body };
}

/** 200 while it is of use, else 503: for whoever starts servers again, or sends clients to them. */
function healthPage(daemon: Daemon | null): Page {
  const report = daemon?.report() ?? null;
  const ready = report !== null && isReady(report);
  const { host, role, isActive, term, leader } = report ?? {};
  const body = `${JSON.stringify({ ready, server: host, role, active: isActive, term, leader })}\n`;
  return { status: ready ? 200 : 503, type: 'application/json', body };
}

/** Nobody renews what nobody is told of. */
function warnOfExpiry(daemon: Daemon, log: (what: object) => void): void {
  const expireAt = daemon.surroundings.keysExpireAt;
  if (expireAt !== null && expireAt.getTime() - Date.now() < WARN_BEFORE_MS)
    log({ kind: 'keys expire soon', expireAt, todo: 'regency rlf keys --renew, then SIGHUP' });
}
