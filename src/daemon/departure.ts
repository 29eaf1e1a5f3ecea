// How a server that leads leaves before it stops [8.18, 19.9]: the best of the others is asked to take over, and the server
// stays until it follows that one, so that its vote and its last answers have left. It does not stay for long.

import type { OrderOutcome } from '../core/message.ts';
import type { ServerEvent, StepDownReason } from '../core/turn.ts';

/** Trial, freeze and hand-over, each with its time-out, and as much again for a slow disk. */
const LONGEST_MS = 5000;

/** With these somebody else comes to office, who needs this server's vote. */
const SUCCEEDED: ReadonlySet<StepDownReason> = new Set(['handed over', 'a higher term', 'a higher promise']);

export class Departure {
  /** Nothing more is to be waited for. */
  readonly over: Promise<void>;
  private readonly timer: NodeJS.Timeout;
  private resolve: () => void = () => {};

  constructor() {
    this.over = new Promise((resolve) => {
      this.resolve = resolve;
    });
    this.timer = setTimeout(this.resolve, LONGEST_MS);
  }

  /** What became of the order to stand down. */
  ordered(outcome: OrderOutcome): void {
    if (outcome !== 'obeyed' && outcome !== 'handing over') this.end();
  }

  noted(event: ServerEvent): void {
    if (event.kind === 'follows') this.end();
    else if (event.kind === 'stepped down' && !SUCCEEDED.has(event.reason)) this.end();
  }

  private end(): void {
    clearTimeout(this.timer);
    this.resolve();
  }
}
