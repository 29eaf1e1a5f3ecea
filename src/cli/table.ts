// Rows of words as columns of text.

/** The first row is the heading. A column whose cells are all numbers, or `-`, is aligned to the right. */
export function asTable(heading: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const columns = heading.map((title, i) => {
    const cells = rows.map((row) => row[i] ?? '');
    const width = cells.reduce((widest, cell) => Math.max(widest, cell.length), title.length);
    return { width, isNumeric: cells.every((cell) => /^(\d+|-)$/.test(cell)) };
  });
  return [heading, ...rows].map((row) => {
    const cells = columns.map(({ width, isNumeric }, i) => {
      const cell = row[i] ?? '';
      return isNumeric ? cell.padStart(width) : cell.padEnd(width);
    });
    return cells.join('  ').trimEnd();
  });
}
