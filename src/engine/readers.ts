/**
 * Who reads right now. What a reader may have noted (a slot, a place in a file) is given away only when all readers
 * that began before have ended: files of segments that compaction replaced are closed, and slots released, after that.
 */

interface Epoch {
  readers: number;
  /** Called when the last reader of this epoch and of those before has ended. */
  waiting: (() => void)[];
}

export class Readers {
  /** Oldest first; the last one takes new readers. */
  readonly #epochs: Epoch[] = [{ readers: 0, waiting: [] }];

  /** Begins a read; what it returns ends it, once. */
  begin(): () => void {
    const epoch = this.#epochs.at(-1)!;
    epoch.readers++;
    let isOpen = true;
    return () => {
      if (!isOpen) return;
      isOpen = false;
      epoch.readers--;
      this.#settle();
    };
  }

  /** Runs `act` as one read. */
  async during<T>(act: () => Promise<T>): Promise<T> {
    const end = this.begin();
    try {
      return await act();
    } finally {
      end();
    }
  }

  /** Resolves when every read that has begun by now has ended. */
  ended(): Promise<void> {
    return new Promise((resolve) => {
      this.#epochs.at(-1)!.waiting.push(resolve);
      this.#epochs.push({ readers: 0, waiting: [] });
      this.#settle();
    });
  }

  #settle(): void {
    while (this.#epochs.length > 1 && this.#epochs[0]!.readers === 0) {
      for (const resolve of this.#epochs.shift()!.waiting) resolve();
    }
  }
}
