/** Tells a build's progress at most every 100 ms, and once at the end. */
import type { BuildOptions } from "../kernel.ts";

const everyMs = 100;

export class BuildProgress {
  readonly #tell: BuildOptions["onProgress"];
  readonly #total: number;
  #last: number = performance.now();

  constructor(tell: BuildOptions["onProgress"], total: number) {
    this.#tell = tell;
    this.#total = total;
  }

  /** May be called at any pace. */
  step(done: number): void {
    const now = performance.now();
    if (this.#tell === undefined || now - this.#last < everyMs) return;
    this.#last = now;
    this.#tell({ done: Math.min(done, this.#total), total: this.#total });
  }

  end(): void {
    this.#tell?.({ done: this.#total, total: this.#total });
  }
}
