// Numbers as people read them; the same in every locale.

/** 1234567 → `1,234,567`. */
export function grouped(count: number): string {
  return String(count).replaceAll(/\B(?=(\d{3})+$)/g, ',');
}

const SPANS = [
  { name: 'years', seconds: 365.25 * 86_400 },
  { name: 'days', seconds: 86_400 },
  { name: 'hours', seconds: 3600 },
  { name: 'minutes', seconds: 60 },
] as const;

/** In the largest unit of which there are at least two: `3.2 days`. */
export function spanOf(seconds: number): string {
  const span = SPANS.find((one) => seconds >= 2 * one.seconds);
  return span === undefined
    ? `${seconds.toFixed(1)} s`
    : `${(seconds / span.seconds).toFixed(1)} ${span.name}`;
}
