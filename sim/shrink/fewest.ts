// Delta debugging: of a list as few items as possible with which something still shows. It leaves out large pieces first and
// single items at last, so that of many items that do not matter few runs get rid.

/** Ends with a list of which no single item can be left out; `stillShows` is asked about sublists in the same order. */
export function fewest<T>(items: readonly T[], stillShows: (kept: readonly T[]) => boolean): readonly T[] {
  let kept = items;
  let size = kept.length;
  while (size > 0) {
    let hasShrunk = false;
    // The last ones first: what comes late is needed least.
    for (let end = kept.length; end > 0; end -= size) {
      const without = [...kept.slice(0, Math.max(0, end - size)), ...kept.slice(end)];
      if (without.length < kept.length && stillShows(without)) {
        kept = without;
        hasShrunk = true;
      }
    }
    // One that could not go may go once another has gone.
    if (size > 1) size = Math.ceil(size / 2);
    else if (!hasShrunk) size = 0;
  }
  return kept;
}
