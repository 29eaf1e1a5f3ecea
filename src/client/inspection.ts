// Asks one server what it holds to be true [4.7], as an operator: one connection, one question, one answer.

import type { Host } from '../core/ids.ts';
import type { Report } from '../core/message.ts';
import { parseAddress } from '../node/address.ts';
import type { Keys } from '../node/keys.ts';
import { Line } from '../node/line.ts';
import { Decoder, Encoder } from '../wire/frame.ts';
import { FrameSplitter } from '../wire/frame-splitter.ts';

export interface Inspection {
  readonly host: Host;
  readonly address: string;
  /** Null: there is none, and `because` says why. */
  readonly report: Report | null;
  readonly because: string;
}

const LONGEST_MS = 4000;

/** Never rejects. `keys`: those of an operator; null: in plain text. */
export function inspect(host: Host, where: string, keys: Keys | null): Promise<Inspection> {
  const address = parseAddress(where);
  const outcome = (report: Report | null, because: string): Inspection => ({
    host,
    address: where,
    report,
    because,
  });
  if (address === null) return Promise.resolve(outcome(null, 'its address is none: expected HOST:PORT'));
  return new Promise((resolve) => {
    let because = 'nobody answers there';
    let report: Report | null = null;
    const frames = new FrameSplitter();
    const line = new Line(
      { to: host, address, speaker: 'operator', keys },
      {
        received: (bytes) => {
          frames.push(bytes);
          const frame = frames.next();
          if (frame === null && frames.reason === '') return;
          const reply = frame === null ? null : new Decoder().replyToOperator(frame, 0, frame.length);
          if (reply?.kind === 'report') report = reply;
          else because = 'what it answers is no report';
          line.close();
        },
        refused: (reason) => {
          because = reason;
        },
        closed: () => {
          clearTimeout(timer);
          resolve(outcome(report, because));
        },
      },
    );
    const timer = setTimeout(() => line.close(), LONGEST_MS);
    const encoder = new Encoder();
    const length = encoder.encode({ kind: 'inspect' });
    line.send(encoder.bytes.slice(0, length));
  });
}
