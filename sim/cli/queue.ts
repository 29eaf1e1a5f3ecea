// `--queue`: the Redis by which a fleet's members find each other. What is said of it never has its password.

import { Option } from 'commander';
import { CannotGoOn } from '../../src/cli/terminal.ts';
import { connectQueue, parseQueueAddress, type QueueConnection } from '../fleet/redis.ts';

/** Not in the list of processes, as an address is. */
const PASSWORD_VARIABLE = 'REGENCY_QUEUE_PASSWORD';

/** Its text is read by `connectedTo`: commander would print one that it does not understand. */
export function queueOption(): Option {
  return new Option(
    '--queue <redis://host:port>',
    `a fleet's Redis; its password may be in ${PASSWORD_VARIABLE} instead`,
  );
}

export async function connectedTo(text: string): Promise<QueueConnection> {
  const address = parseQueueAddress(text, process.env[PASSWORD_VARIABLE]);
  if (address === null)
    throw new CannotGoOn('--queue is no address of a Redis; expected one such as redis://host:6379/0');
  const connected = await connectQueue(address);
  if (!connected.ok) throw new CannotGoOn(connected.reason);
  return connected.value;
}
