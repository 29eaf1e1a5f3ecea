// Work that somebody else may never end, such as a goodbye to a machine that is gone.

export async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((done) => {
    timer = setTimeout(done, ms);
  });
  await Promise.race([work, over]);
  clearTimeout(timer);
}
