/**
 * The first few of many in some order, without sorting all of them, in steps between which the event loop may turn.
 */
import type { Pauser } from "./pause.ts";

const perStep = 1024;

/** The `k` first by `compare`, in that order; all of them where there are no more. Equal ones come in any order. */
export async function firstOf<T>(
  items: readonly T[],
  k: number,
  compare: (a: T, b: T) => number,
  pause: Pauser,
): Promise<T[]> {
  // The first ones so far, the last of them on top.
  const heap: T[] = [];
  for (const [i, item] of items.entries()) {
    if (i % perStep === 0) await pause();
    if (heap.length < k) rise(heap, item, compare);
    else if (compare(item, heap[0]!) < 0) sink(heap, item, compare);
  }
  const sorted = new Array<T>(heap.length);
  for (let at = heap.length - 1; at >= 0; at--) {
    if (at % perStep === 0) await pause();
    sorted[at] = heap[0]!;
    const last = heap.pop()!;
    if (at > 0) sink(heap, last, compare);
  }
  return sorted;
}

function rise<T>(heap: T[], item: T, compare: (a: T, b: T) => number): void {
  let at = heap.length;
  heap.push(item);
  while (at > 0) {
    const parent = (at - 1) >>> 1;
    if (compare(heap[parent]!, item) >= 0) break;
    heap[at] = heap[parent]!;
    at = parent;
  }
  heap[at] = item;
}

/** Puts the item in the place of the top. */
function sink<T>(heap: T[], item: T, compare: (a: T, b: T) => number): void {
  let at = 0;
  for (let child = 1; child < heap.length; child = 2 * at + 1) {
    if (child + 1 < heap.length && compare(heap[child + 1]!, heap[child]!) > 0) child++;
    if (compare(heap[child]!, item) <= 0) break;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = item;
}
