// Numbers and times as the page writes them; the same in every language of the browser.

export function grouped(count: number): string {
  return String(Math.round(count)).replaceAll(/\B(?=(\d{3})+$)/g, ',');
}

/** At most five characters: `9,999`, `12k`, `3.4M`. */
export function short(count: number): string {
  if (count < 10_000) return grouped(count);
  const [value, letter] =
    count < 1e6 ? [count / 1e3, 'k'] : count < 1e9 ? [count / 1e6, 'M'] : [count / 1e9, 'G'];
  return `${value < 10 ? value.toFixed(1) : Math.round(value)}${letter}`;
}

export function counted(count: number, one: string, many = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}

export function secondsText(at: number, digits = 6): string {
  return `${(at / 1e6).toFixed(digits)} s`;
}

/** In the largest unit of which there are at least two. */
export function spanText(seconds: number): string {
  const units = [
    ['years', 365.25 * 86_400],
    ['days', 86_400],
    ['hours', 3600],
    ['minutes', 60],
  ] as const;
  const unit = units.find(([, length]) => seconds >= 2 * length);
  return unit === undefined ? `${seconds.toFixed(1)} s` : `${(seconds / unit[1]).toFixed(1)} ${unit[0]}`;
}

/** Signed, in the unit that suits it. */
export function offsetText(ms: number): string {
  const sign = ms < 0 ? '−' : ms > 0 ? '+' : '';
  const size = Math.abs(ms);
  if (size < 1000) return `${sign}${size < 10 ? size.toFixed(1) : Math.round(size)} ms`;
  return `${sign}${spanText(size / 1000)}`;
}

export function percentText(share: number): string {
  const percent = 100 * share;
  return `${percent === 0 || percent >= 10 ? Math.round(percent) : percent.toPrecision(2)} %`;
}
