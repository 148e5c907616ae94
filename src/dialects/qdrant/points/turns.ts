/**
 * Whose turn it is to write to a collection. Most writes go together; one that reads first and writes by what it read goes
 * alone, so that of two that write on the same condition one sees what the other did. It holds for writes over this wire, in
 * this process.
 */

interface Turn {
  /** Of those that go together. */
  running: Promise<unknown>;
  /** Of the last that goes alone. */
  alone: Promise<unknown>;
}

const turns = new Map<string, Turn>();

/** With others that go together, after those that went alone. */
export function together<T>(collection: string, write: () => Promise<T>): Promise<T> {
  const turn = turnOf(collection);
  const writing = turn.alone.then(write);
  turn.running = settled(turn.running, writing);
  forgetWhenIdle(collection, turn);
  return writing;
}

/** After all that came before it, and before all that comes after it. */
export function alone<T>(collection: string, write: () => Promise<T>): Promise<T> {
  const turn = turnOf(collection);
  const writing = Promise.all([turn.running, turn.alone]).then(write);
  turn.alone = settled(writing);
  turn.running = turn.alone;
  forgetWhenIdle(collection, turn);
  return writing;
}

function turnOf(collection: string): Turn {
  let turn = turns.get(collection);
  if (turn === undefined) {
    turn = { running: Promise.resolve(), alone: Promise.resolve() };
    turns.set(collection, turn);
  }
  return turn;
}

/** Nothing is remembered of a collection that nobody writes to. */
function forgetWhenIdle(collection: string, turn: Turn): void {
  const { running } = turn;
  running.then(() => {
    if (turn.running === running && turns.get(collection) === turn) turns.delete(collection);
  });
}

/** Resolves when all have ended, however they ended. */
async function settled(...promises: Promise<unknown>[]): Promise<void> {
  await Promise.allSettled(promises);
}
