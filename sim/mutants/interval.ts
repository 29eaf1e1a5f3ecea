// How much a share of seeds says about a probability: the exact interval of Clopper and Pearson for k hits in n tries.

/** Both ends of the 95 % interval for the probability of a hit. 0 ≤ hits ≤ tries, tries ≥ 1. */
export function clopperPearson(hits: number, tries: number): readonly [number, number] {
  const tail = 0.025;
  return [
    // The smallest probability under which so many hits or more are not yet too unlikely; the largest for so many or fewer.
    hits === 0 ? 0 : bisect((p) => 1 - atMost(hits - 1, tries, p) < tail),
    hits === tries ? 1 : bisect((p) => atMost(hits, tries, p) > tail),
  ];
}

/** The probability for which the answer turns from true to false. */
function bisect(isBelow: (p: number) => boolean): number {
  let low = 0;
  let high = 1;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (isBelow(middle)) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** P(X ≤ k) of n tries with probability p each, summed in logarithms so that it does not underflow. */
function atMost(k: number, n: number, p: number): number {
  if (p <= 0) return 1;
  if (p >= 1) return k >= n ? 1 : 0;
  let logTerm = n * Math.log1p(-p);
  let sum = Math.exp(logTerm);
  for (let i = 1; i <= k; i++) {
    logTerm += Math.log((n - i + 1) / i) + Math.log(p) - Math.log1p(-p);
    sum += Math.exp(logTerm);
  }
  return Math.min(1, sum);
}
