// One run of a `regency serve` process: started in its folder, its log read line by line, stopped by signals. All that is
// asked of it is asked as of any process; it does not know that it is watched.

import { type Child, startChild } from './children.ts';

/** What a server says, as `--json` prints it: `kind` and the fields of the event. */
export interface LogLine {
  readonly kind: string;
  readonly [field: string]: unknown;
}

export interface ProcessOwner {
  said(line: LogLine): void;
  /** It ended, and nobody here had killed it. */
  endedByItself(because: string): void;
}

export class ServerProcess {
  private readonly child: Child;
  private readonly ended: Promise<void>;
  private isKilled = false;
  private isStopped = false;
  private complaint = '';

  constructor(program: string, args: readonly string[], owner: ProcessOwner) {
    this.child = startChild(process.execPath, [program, 'serve', '--json', ...args]);
    let rest = '';
    this.child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop()!;
      // What a dead process said is no news any more.
      if (!this.isKilled) for (const line of lines) owner.said(JSON.parse(line) as LogLine);
    });
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.complaint = (this.complaint + text).slice(-2000);
    });
    this.ended = new Promise((resolve) => {
      const end = (because: string): void => {
        resolve();
        if (!this.isKilled) owner.endedByItself(because);
        this.isKilled = true;
      };
      this.child.once('error', (error) => end(error.message));
      this.child.once('close', (code) => end(`exit code ${code}: ${this.complaint.trim()}`));
    });
  }

  /** kill -9. */
  kill(): Promise<void> {
    this.isKilled = true;
    this.child.kill('SIGKILL');
    return this.ended;
  }

  /** SIGSTOP, SIGCONT. */
  standStill(isToStop: boolean): void {
    if (this.isStopped === isToStop || this.isKilled) return;
    this.isStopped = isToStop;
    this.child.kill(isToStop ? 'SIGSTOP' : 'SIGCONT');
  }
}
