// Numbers as people read them; the same in every locale.

/** 1234567 → `1,234,567`. */
export function grouped(count: number): string {
  return String(count).replaceAll(/\B(?=(\d{3})+$)/g, ',');
}

const SHORTER = [
  { letter: 'T', value: 1e12 },
  { letter: 'G', value: 1e9 },
  { letter: 'M', value: 1e6 },
] as const;

/** At most nine characters: `9,999,999`, and from ten million on `12.3M`. */
export function brief(count: number): string {
  const unit = count < 1e6 ? undefined : SHORTER.find(({ value }) => count >= value);
  return unit === undefined ? grouped(count) : `${(count / unit.value).toFixed(1)}${unit.letter}`;
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
