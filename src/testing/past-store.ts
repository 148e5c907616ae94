/**
 * The store as it was some writes ago: a copy, made when the first stale fault is set, and the writes since. A read from before the
 * last n of them has all but those done to the copy first.
 */
import { open } from "../engine/open.ts";
import type { Collection, Store } from "../store.ts";

export class PastStore {
  readonly #present: Store;
  #copy: Store | undefined;
  readonly #since = new Map<string, { call: string; given: unknown[] }[]>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(present: Store) {
    this.#present = present;
  }

  /** From now on there is a past. */
  async begin(): Promise<void> {
    if (this.#copy !== undefined) return;
    this.#copy = await open(":memory:");
    for (const name of await this.#present.list()) await this.#copied(name);
  }

  wrote(name: string, call: string, given: unknown[]): void {
    if (this.#copy === undefined) return;
    const list = this.#since.get(name) ?? [];
    list.push({ call, given });
    this.#since.set(name, list);
  }

  drop(name: string): void {
    this.#since.delete(name);
    this.#last = this.#last.then(() => this.#copy?.drop(name));
  }

  /** The collection as it was before its last `writes` writes, or as it was when the past began if there were fewer since. */
  collection(name: string, writes: number): Promise<Collection> {
    const run = this.#last.then(async () => {
      const copy = (await this.#copy!.list()).includes(name)
        ? await this.#copy!.collection(name)
        : await this.#made(name);
      const since = this.#since.get(name) ?? [];
      for (const { call, given } of since.splice(0, Math.max(0, since.length - writes))) {
        await Reflect.get(copy, call).apply(copy, given);
      }
      return copy;
    });
    this.#last = run.catch(() => {});
    return run;
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#copy?.close();
  }

  /** A collection made since: it was empty then. */
  async #made(name: string): Promise<Collection> {
    return this.#copy!.create(name, (await this.#present.describe(name)).schema);
  }

  async #copied(name: string): Promise<void> {
    const [from, to] = [await this.#present.collection(name), await this.#made(name)];
    for await (const points of pagesOf(from)) await to.upsert(points);
  }
}

async function* pagesOf(collection: Collection) {
  let request: Parameters<Collection["scroll"]>[0] = { limit: 1000, select: { vectors: true } };
  for (;;) {
    const page = await collection.scroll(request);
    yield page.points;
    if (page.next === undefined) return;
    request = { ...request, after: page.next };
  }
}
