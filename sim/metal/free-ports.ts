// Ports on loopback that nobody listens on at this moment. Somebody else may take one before it is used: whoever starts there says so.

import { createServer } from 'node:net';

export async function freePorts(count: number): Promise<number[]> {
  const takers = await Promise.all(
    Array.from({ length: count }, () => {
      const taker = createServer();
      return new Promise<typeof taker>((resolve) => taker.listen(0, '127.0.0.1', () => resolve(taker)));
    }),
  );
  const ports = takers.map((taker) => (taker.address() as { port: number }).port);
  await Promise.all(takers.map((taker) => new Promise((resolve) => taker.close(resolve))));
  return ports;
}
