// Ctrl-C during long work: the first ends it in good order, a second one at once.

import { EXIT } from './exit-codes.ts';

/** Does the work; on the first signal `onFirst` is called and the work's signal is aborted. */
export async function interruptible<T>(
  onFirst: () => void,
  work: (interrupt: AbortSignal) => Promise<T>,
): Promise<T> {
  const interrupt = new AbortController();
  const onSignal = () => {
    if (interrupt.signal.aborted) process.exit(EXIT.interrupted);
    onFirst();
    interrupt.abort();
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  try {
    return await work(interrupt.signal);
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}
