// How many stores faults may make unusable at once. A pool of 2f+1 promises to survive the loss of f; a fault that would take
// one more is not applied. A store counts again when its machine says that it does, and not before.

export class StoreBudget {
  private readonly most: number;
  private readonly lost = new Set<number>();

  constructor(most: number) {
    this.most = most;
  }

  /** Whether a fault may make that node's store unusable now. */
  canSpare(node: number): boolean {
    return this.lost.has(node) || this.lost.size < this.most;
  }

  lose(node: number): void {
    this.lost.add(node);
  }

  regain(node: number): void {
    if (this.lost.size > 0) this.lost.delete(node);
  }
}
