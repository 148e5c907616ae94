/**
 * Whether a history of concurrent calls on one register can be explained by an order of single steps, each between its
 * call and its return (Herlihy and Wing, TOPLAS 1990). The search is Wing and Gong's with Lowe's memory of dead ends
 * (Testing for linearizability, CCPE 2017): pick a call that no pending return forbids, apply it, go on, or go back.
 */

export interface Operation<State> {
  /** Times of one clock; a call that never returned has `returned` Infinity and may have happened or not. */
  called: number;
  returned: number;
  /** The states it may lead to; none when what it returned cannot be from this state. */
  next(state: State): readonly State[];
  /** For messages. */
  toString(): string;
}

/** Undefined when it is linearizable, else the longest explanation there is and the calls left over. */
export function unexplained<State extends string | undefined>(
  history: readonly Operation<State>[],
  initial: State,
): string | undefined {
  const operations = [...history].sort((a, b) => a.called - b.called);
  const done = new Array<boolean>(operations.length).fill(false);
  const deadEnds = new Set<string>();
  let longest: string[] = [];
  const order: string[] = [];

  return explain(initial)
    ? undefined
    : `no order explains it; one goes:\n  ${longest.join("\n  ")}\nand then none of:\n  ${operations
        .filter((operation) => !longest.includes(named(operation)))
        .map(named)
        .join("\n  ")}`;

  function explain(state: State): boolean {
    const left = operations.flatMap((_, i) => (done[i] ? [] : [i]));
    if (left.every((i) => operations[i]!.returned === Number.POSITIVE_INFINITY)) return true;
    const key = `${state}|${left.join(",")}`;
    if (deadEnds.has(key)) return false;
    const firstReturn = Math.min(...left.map((i) => operations[i]!.returned));
    for (const i of left) {
      const operation = operations[i]!;
      // What was called after another returned comes after it.
      if (operation.called > firstReturn) break;
      done[i] = true;
      order.push(named(operation));
      if (order.length > longest.length) longest = [...order];
      for (const next of operation.next(state)) if (explain(next)) return true;
      order.pop();
      done[i] = false;
    }
    deadEnds.add(key);
    return false;
  }
}

function named<State>(operation: Operation<State>): string {
  return `${operation.called}–${operation.returned} ${operation}`;
}
