// What can be searched: states that can be copied, the moves that are open in each, and a verdict. A search knows nothing
// else of what it walks through.

/** Two 32-bit lanes that stand for a whole state: equal states have equal ones. */
export interface Key {
  readonly low: number;
  readonly high: number;
}

export interface Space<State, Move> {
  /** A state of its own, from which everything goes on as it would from this one. */
  copy(state: State): State;
  /** What can happen next and costs no more than that, in the order in which it is tried. None: here the path ends. */
  moves(state: State, budget: number): readonly Move[];
  /** What a move takes from the budget: a whole number ≥ 0. */
  cost(move: Move): number;
  /** The move happens, in place. */
  make(state: State, move: Move): void;
  /** All that the moves from here on and their verdicts can depend on. */
  key(state: State): Key;
  /** Whether something is wrong in this state. The path ends with it. */
  isWrong(state: State): boolean;
}
