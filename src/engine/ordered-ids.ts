/**
 * Live ids in order, for scrolling: sorted when first asked for, then merged with what was added since.
 * Removed ids stay until they are many; whoever iterates asks the slot table whether an id is still there.
 */
import { compareIds, type PointId } from "../model/id.ts";

export class OrderedIds {
  #sorted: PointId[] | undefined;
  #added: PointId[] = [];
  #removed = 0;

  /** An id that was not live before. */
  add(id: PointId): void {
    if (this.#sorted !== undefined) this.#added.push(id);
  }

  remove(): void {
    this.#removed++;
    if (this.#sorted !== undefined && this.#removed > 1024 && this.#removed > this.#sorted.length / 2)
      this.clear();
  }

  clear(): void {
    this.#sorted = undefined;
    this.#added = [];
    this.#removed = 0;
  }

  /** Ids after `after`, each once; removed ones may be among them. `all` is asked when nothing is cached. */
  *after(after: PointId | undefined, all: () => PointId[]): Generator<PointId> {
    const sorted = this.#merged(all);
    for (let i = after === undefined ? 0 : firstAfter(sorted, after); i < sorted.length; i++)
      yield sorted[i]!;
  }

  #merged(all: () => PointId[]): PointId[] {
    if (this.#sorted === undefined) {
      this.#removed = 0;
      this.#sorted = all().sort(compareIds);
    } else if (this.#added.length > 0) {
      // A new array: one that is being iterated stays as it is.
      this.#sorted = mergeDistinct(this.#sorted, this.#added.sort(compareIds));
    }
    this.#added = [];
    return this.#sorted;
  }
}

function firstAfter(sorted: readonly PointId[], after: PointId): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareIds(sorted[middle]!, after) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** An id that was removed and added again is in both. */
function mergeDistinct(a: readonly PointId[], b: readonly PointId[]): PointId[] {
  const merged: PointId[] = [];
  const push = (id: PointId) => {
    if (merged.length === 0 || merged[merged.length - 1] !== id) merged.push(id);
  };
  let i = 0;
  for (const id of b) {
    while (i < a.length && compareIds(a[i]!, id) <= 0) push(a[i++]!);
    push(id);
  }
  while (i < a.length) push(a[i++]!);
  return merged;
}
