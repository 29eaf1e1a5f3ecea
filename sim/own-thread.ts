// Long work in a thread of its own: the caller stays free to show progress, and to end it early with what there is. It needs the
// compiled project, since threads cannot load TypeScript everywhere.

import { Worker } from 'node:worker_threads';

export interface OwnThread<Message, Result> {
  readonly script: URL;
  /** What the thread is given. `stopped`: not 0 once it is to end. */
  readonly dataFor: (stopped: Int32Array) => object;
  /** What the work comes to, when this message says so; undefined: it goes on. */
  readonly resultIn: (message: Message) => Result | undefined;
  readonly interrupt: AbortSignal | undefined;
}

/** Rejects when the thread throws, or ends before it has come to anything. */
export function inOwnThread<Message, Result>(work: OwnThread<Message, Result>): Promise<Result> {
  const { script, dataFor, resultIn, interrupt } = work;
  const stopped = new Int32Array(new SharedArrayBuffer(4));
  const thread = new Worker(script, { workerData: dataFor(stopped) });
  const stop = (): void => void Atomics.store(stopped, 0, 1);
  interrupt?.addEventListener('abort', stop);
  if (interrupt?.aborted) stop();
  return new Promise<Result>((resolve, reject) => {
    thread.on('message', (message: Message) => {
      const result = resultIn(message);
      if (result !== undefined) resolve(result);
    });
    thread.on('error', reject);
    thread.on('exit', () => reject(new Error('the thread ended before it was done')));
  }).finally(() => {
    interrupt?.removeEventListener('abort', stop);
    void thread.terminate();
  });
}
