/**
 * From what the kernel found in a body of JSON to its value: the short text is parsed by JavaScript's own parser, and vectors,
 * large integers and cut lists are put where their placeholders are, along the paths that the kernel wrote down. See
 * fk_json_view in native/include/kernel.h.
 */
import { FrancaError } from "../../errors.ts";
import type { JsonKeys } from "../kernel.ts";
import { status, statusError } from "./status.ts";
import { nextTurn } from "./turn.ts";

export interface JsonParts {
  fault: number;
  faultAt: number;
  text: string;
  floats: ArrayBufferLike;
  places: Uint32Array;
  /** Byte ranges of the body. */
  keys: Uint32Array;
  lists: Uint32Array;
  pieces: Uint8Array;
}

/** Nobody's payload or filter needs half as many levels, and whatever walks a value calls itself for each. */
export const maxJsonDepth = 128;
/** What is larger is read beside the event loop. */
export const largeJsonBytes: number = 256 * 1024;
/** Of the lists of a large body; JavaScript parses so much in a fraction of a millisecond. */
export const jsonPieceBytes: number = 64 * 1024;
/** How long one slice may take, about. */
const sliceMs = 4;
const placesPerSlice = 256;

const kinds = { vector: 0, integer: 1, string: 2 } as const;
const mark = "\u0001";
const encoder = new TextEncoder();
// A byte order mark inside is a character like others.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

const encoded = new WeakMap<JsonKeys, Uint8Array>();

/** Keys as fk_json_read takes them. */
export function namesOf(keys: JsonKeys): Uint8Array {
  let names = encoded.get(keys);
  if (names === undefined) {
    const all = [
      ...keys.vectors.map((name) => `v${name}\0`),
      ...(keys.except ?? []).map((name) => `x${name}\0`),
    ];
    names = encoder.encode(all.join(""));
    encoded.set(keys, names);
  }
  return names;
}

/** @throws FrancaError for the status of fk_json_read */
export function checkJson(code: number, body: Uint8Array): void {
  if (code === status.ok) return;
  throw statusError(
    code,
    "the body",
    () =>
      new FrancaError(
        "resource_exhausted",
        `a body of JSON has fewer than 2^31 bytes; got ${body.byteLength}: send it in several requests`,
      ),
  );
}

/** @throws FrancaError invalid_argument */
export function assembled(body: Uint8Array, parts: JsonParts): unknown {
  const steps = assemble(body, parts);
  let step = steps.next();
  while (!step.done) step = steps.next();
  return step.value;
}

/** The same with turns for others in between. */
export async function assembledInSlices(body: Uint8Array, parts: JsonParts): Promise<unknown> {
  const steps = assemble(body, parts);
  let from = performance.now();
  while (true) {
    const step = steps.next();
    if (step.done) return step.value;
    if (performance.now() - from < sliceMs) continue;
    await nextTurn();
    from = performance.now();
  }
}

/** Yields where it may pause. */
function* assemble(body: Uint8Array, parts: JsonParts): Generator<undefined, unknown> {
  if (parts.fault !== 0) throw badJson(body, parts);
  const root: unknown[] = [JSON.parse(parts.text)];
  const keyOf = keysOf(body, parts.keys);
  yield* putLists(root, parts, keyOf);
  yield* putPlaces(root, body, parts, keyOf);
  return root[0];
}

type KeyOf = (step: number) => string | number;

/** What a step of a path leads to; keys are decoded once. */
function keysOf(body: Uint8Array, ranges: Uint32Array): KeyOf {
  const keys: string[] = [];
  return (step) => {
    if ((step & 1) === 0) return step >>> 1;
    const number = step >>> 1;
    keys[number] ??= JSON.parse(decoder.decode(body.subarray(ranges[2 * number], ranges[2 * number + 1])));
    return keys[number] as string;
  };
}

/** From the last to the first, since a list comes after those inside it. */
function* putLists(root: unknown[], { lists, pieces }: JsonParts, keyOf: KeyOf): Generator<undefined, void> {
  const starts: number[] = [];
  for (let at = 0; at < lists.length; at += 3 + lists[at + 2]! + 2 * lists[at + 1]!) starts.push(at);
  for (const start of starts.reverse()) {
    const [number, count, depth] = [lists[start]!, lists[start + 1]!, lists[start + 2]!];
    const list: unknown[] = [];
    const ranges = start + 3 + depth;
    for (let i = ranges; i < ranges + 2 * count; i += 2) {
      for (const element of JSON.parse(decoder.decode(pieces.subarray(lists[i], lists[i + 1]))))
        list.push(element);
      yield;
    }
    let holder: unknown = root;
    let key: string | number = 0;
    for (let i = start + 3; i < ranges; i++) {
      holder = valueAt(holder, key);
      key = keyOf(lists[i]!);
    }
    put(holder, key, `${mark}l${number}`, list);
  }
}

function* putPlaces(
  root: unknown[],
  body: Uint8Array,
  { places, floats }: JsonParts,
  keyOf: KeyOf,
): Generator<undefined, void> {
  /** The lists and objects on the path to the last place, the outermost first. */
  const holders: unknown[] = [root[0]];
  for (let at = 0, number = 0; at < places.length; number++) {
    const kind = places[at]!;
    const from = places[at + 1]!;
    const to = places[at + 2]!;
    const shared = places[at + 3]!;
    const end = at + 5 + places[at + 4]!;
    let holder: unknown = shared === 0 && end === at + 5 ? root : holders[shared];
    let key: string | number = 0;
    for (let i = at + 5, depth = shared; i < end; i++) {
      key = keyOf(places[i]!);
      if (i === end - 1) break;
      holder = valueAt(holder, key);
      holders[++depth] = holder;
    }
    const value =
      kind === kinds.vector
        ? new Float32Array(floats, 4 * from, to - from)
        : kind === kinds.integer
          ? BigInt(decoder.decode(body.subarray(from, to)))
          : JSON.parse(decoder.decode(body.subarray(from, to)));
    put(holder, key, mark + number, value);
    at = end;
    if (number % placesPerSlice === placesPerSlice - 1) yield;
  }
}

type Holder = { [key: string | number]: unknown };

function valueAt(holder: unknown, key: string | number): unknown {
  return typeof holder === "object" && holder !== null ? (holder as Holder)[key] : undefined;
}

/** Where a key came twice in an object, something else may lie there, and stays. */
function put(holder: unknown, key: string | number, placeholder: string, value: unknown): void {
  if (valueAt(holder, key) === placeholder) (holder as Holder)[key] = value;
}

/** By fk_json_fault: what was expected, or is wrong. */
const faults = [
  "",
  "expected a value",
  "expected a key in quotes",
  "expected a colon",
  "expected a comma or the end of the list",
  "expected a comma or the end of the object",
  "expected the end of the text",
  "expected the end of the string",
  "a control character in a string must be escaped",
  "there is no such escape in a string",
  "the bytes are not UTF-8",
  "too many levels of lists and objects",
  "a number of a vector has no place in float32",
  "an integer has more than 1000 digits",
];

function badJson(body: Uint8Array, { fault, faultAt }: JsonParts): FrancaError {
  const excerpt = new TextDecoder().decode(body.subarray(Math.max(0, faultAt - 8), faultAt + 12));
  const near = faultAt >= body.length ? "which is its end" : `near ${JSON.stringify(excerpt)}`;
  return new FrancaError(
    "invalid_argument",
    `the body's JSON: ${faults[fault]}, at byte ${faultAt}, ${near}`,
    {
      details: { byte: faultAt },
    },
  );
}
