// Which known name was probably meant by a word that is none.

/** Longer words are no slip of the fingers, and the comparison below costs the product of the lengths. */
const LONGEST = 40;

/** The known name that lies nearest to `word`, or null when none lies near. */
export function nearestName(word: string, known: readonly string[]): string | null {
  if (word.length === 0 || word.length > LONGEST) return null;
  const meant = word.toLowerCase();
  let nearest: string | null = null;
  let least = Math.max(2, Math.floor(word.length / 3) + 1);
  for (const name of known) {
    const slips = slipsBetween(meant, name.toLowerCase());
    if (slips >= least) continue;
    nearest = name;
    least = slips;
  }
  return nearest ?? known.find((name) => meant.length >= 3 && name.toLowerCase().includes(meant)) ?? null;
}

/** Letters left out, put in, mistaken or swapped with their neighbour (optimal string alignment). */
function slipsBetween(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const mistaken = last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      let slips = Math.min(mistaken, last[j]! + 1, row[j - 1]! + 1);
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (isSwapped) slips = Math.min(slips, beforeLast[j - 2]! + 1);
      row.push(slips);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}
