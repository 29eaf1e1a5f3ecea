// Says one thing to one server as an operator, and hears one reply: a connection for each.

import type { Host } from '../core/ids.ts';
import type { OperatorMessage, ReplyToOperator } from '../core/message.ts';
import { parseAddress } from '../node/address.ts';
import type { Keys } from '../node/keys.ts';
import { Line } from '../node/line.ts';
import { Decoder, Encoder } from '../wire/frame.ts';
import { FrameSplitter } from '../wire/frame-splitter.ts';

export interface Replied {
  /** Null: there is none, and `because` says why. */
  readonly reply: ReplyToOperator | null;
  readonly because: string;
}

const LONGEST_MS = 4000;

/** Never rejects. `keys`: those of an operator; null: in plain text. */
export function callAsOperator(
  host: Host,
  where: string,
  keys: Keys | null,
  message: OperatorMessage,
): Promise<Replied> {
  const address = parseAddress(where);
  if (address === null) {
    return Promise.resolve({ reply: null, because: 'its address is none: expected HOST:PORT' });
  }
  return new Promise((resolve) => {
    let because = 'nobody answers there';
    let reply: ReplyToOperator | null = null;
    const frames = new FrameSplitter();
    const line = new Line(
      { to: host, address, speaker: 'operator', keys },
      {
        received: (bytes) => {
          frames.push(bytes);
          const frame = frames.next();
          if (frame === null && frames.reason === '') return;
          reply = frame === null ? null : new Decoder().replyToOperator(frame, 0, frame.length);
          if (reply === null) because = 'what it answers is no reply to an operator';
          line.close();
        },
        refused: (reason) => {
          because = reason;
        },
        closed: () => {
          clearTimeout(timer);
          resolve({ reply, because });
        },
      },
    );
    const timer = setTimeout(() => line.close(), LONGEST_MS);
    const encoder = new Encoder();
    const length = encoder.encode(message);
    line.send(encoder.bytes.slice(0, length));
  });
}
