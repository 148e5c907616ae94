/** That a store is closed, told to whatever waits: any number of calls, where an AbortSignal warns of more than ten. */
export class Closing {
  readonly #told: Set<() => void> = new Set();
  #isClosed = false;

  get isClosed(): boolean {
    return this.#isClosed;
  }

  close(): void {
    this.#isClosed = true;
    for (const tell of [...this.#told]) tell();
    this.#told.clear();
  }

  /** Returns what takes it back. */
  whenClosed(tell: () => void): () => void {
    this.#told.add(tell);
    return () => void this.#told.delete(tell);
  }
}
