/**
 * Where objects for inference may stand in a request, in the place of vectors: `{text | image | object, model, options?}`.
 * Payloads, filters and formulas are not looked into: an object there is data, whatever it looks like.
 */
import { isList } from "../requests/shape.ts";

export type InferenceKind = "text" | "image" | "object";

/** An object for inference, and the place of it, to be given a vector in its stead. */
export interface Found {
  readonly object: { readonly [member: string]: unknown };
  readonly kind: InferenceKind;
  readonly holder: Holder;
  readonly key: string | number;
  /** Of a write: where the vector without a name stands. */
  readonly isUnnamed?: boolean;
}

type Holder = { [member: string | number]: unknown };

/** Finds what stands in the requests of one operation. */
export type Places = (request: unknown) => Found[];

const kinds: readonly InferenceKind[] = ["text", "image", "object"];

/** Writes of points or of their vectors, as rows or in columns. */
export const inWrite: Places = (request) => {
  const { points, batch } = membersOf(request);
  const rows = isList(points) ? Array.from(points as ArrayLike<unknown>) : [];
  const { vectors } = membersOf(batch);
  return [...rows.flatMap((row) => atVectors(row, "vector")), ...atColumns(vectors)];
};

/** Several writes in one request, each below its name. */
export const inBatchUpdate: Places = (request) => {
  const { operations } = membersOf(request);
  if (!isList(operations)) return [];
  return Array.from(operations as ArrayLike<unknown>).flatMap((operation) => {
    const { upsert, update_vectors } = membersOf(operation);
    return [...inWrite(upsert), ...inWrite(update_vectors)];
  });
};

/** A universal query with what it prefetches. */
export const inQuery: Places = (request) => {
  const { query, prefetch } = membersOf(request);
  if (prefetch === undefined || prefetch === null) return atQuery(request, query);
  const stages = isList(prefetch) ? Array.from(prefetch as ArrayLike<unknown>) : [prefetch];
  return [...atQuery(request, query), ...stages.flatMap((stage) => inQuery(stage))];
};

export const inQueryBatch: Places = (request) => {
  const { searches } = membersOf(request);
  return isList(searches) ? Array.from(searches as ArrayLike<unknown>).flatMap((one) => inQuery(one)) : [];
};

function atQuery(request: unknown, query: unknown): Found[] {
  if (isList(query) || typeof query !== "object" || query === null) return [];
  const itself = at(request as Holder, "query");
  if (itself.length > 0) return itself;
  const { nearest, recommend, discover, context, relevance_feedback } = membersOf(query);
  const { feedback } = membersOf(relevance_feedback);
  return [
    ...(nearest === undefined ? [] : at(query as Holder, "nearest")),
    ...atEach(recommend, "positive"),
    ...atEach(recommend, "negative"),
    ...at(discover as Holder, "target"),
    ...atPairs(membersOf(discover).context),
    ...atPairs(context),
    ...at(relevance_feedback as Holder, "target"),
    ...(isList(feedback) ? Array.from(feedback as ArrayLike<unknown>) : []).flatMap((one) =>
      at(one as Holder, "example"),
    ),
  ];
}

function atPairs(context: unknown): Found[] {
  const pairs = isList(context) ? Array.from(context as ArrayLike<unknown>) : [context];
  return pairs.flatMap((pair) => [...at(pair as Holder, "positive"), ...at(pair as Holder, "negative")]);
}

function atEach(holder: unknown, member: string): Found[] {
  const { [member]: listed } = membersOf(holder);
  if (!Array.isArray(listed)) return at(holder as Holder, member);
  return listed.flatMap((_, i) => at(listed as unknown as Holder, i));
}

/** The vector of a point, or its vectors by name. */
function atVectors(holder: unknown, member: string): Found[] {
  const { [member]: vector } = membersOf(holder);
  if (isList(vector) || typeof vector !== "object" || vector === null) return [];
  const itself = unnamed(at(holder as Holder, member));
  return itself.length > 0 ? itself : Object.keys(vector).flatMap((name) => at(vector as Holder, name));
}

function atColumns(vectors: unknown): Found[] {
  return Array.isArray(vectors)
    ? unnamed(inColumn(vectors))
    : Object.values(membersOf(vectors)).flatMap((column) => (Array.isArray(column) ? inColumn(column) : []));
}

function inColumn(column: readonly unknown[]): Found[] {
  return column.flatMap((_, i) => at(column as unknown as Holder, i));
}

function unnamed(found: readonly Found[]): Found[] {
  return found.map((one) => ({ ...one, isUnnamed: true }));
}

function at(holder: Holder | undefined | null, key: string | number): Found[] {
  const object = typeof holder === "object" && holder !== null ? holder[key] : undefined;
  if (typeof object !== "object" || object === null || isList(object)) return [];
  if (!Object.hasOwn(object, "model")) return [];
  const kind = kinds.find((one) => Object.hasOwn(object, one));
  return kind === undefined ? [] : [{ object: object as Found["object"], kind, holder: holder!, key }];
}

function membersOf(value: unknown): { [member: string]: unknown } {
  return typeof value === "object" && value !== null && !isList(value)
    ? (value as { [member: string]: unknown })
    : {};
}
