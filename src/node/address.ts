// Where somebody listens, as text and in parts.

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** `host:port`, `10.0.0.1:5093` or `[::1]:5093`; null when it is none. */
export function parseAddress(text: string): Address | null {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([^:[\]]+)):([0-9]{1,5})$/.exec(text);
  if (match === null) return null;
  const port = Number(match[3]);
  if (port < 1 || port > 65_535) return null;
  return { host: match[1] ?? match[2]!, port };
}

/** Said of an address in digits: it never leaves this machine. */
export function isLoopback(address: string | undefined): boolean {
  return address !== undefined && (/^(::ffff:)?127\.[0-9.]+$/.test(address) || address === '::1');
}
