// Who is enough, once more and on its own: properties must not ask the code that they judge [§15].
// Over the configured pool (`scenario.servers`): a plain majority; in a pool of two the first weighs 2, the second 1.

export function weightOf(servers: number, server: number): number {
  return servers === 2 && server === 0 ? 2 : 1;
}

/** The weight that a quorum needs: more than half of all. */
export function enoughOf(servers: number): number {
  return servers === 2 ? 2 : Math.floor(servers / 2) + 1;
}
