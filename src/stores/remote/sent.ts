/**
 * Points and changes as they are sent. What JSON would drop or change in silence (undefined, Maps, invalid Dates) is refused
 * here in the engine's words; all else is for the server to check, which knows the schema as it is now.
 */
import { list } from "../../model/bad-input.ts";
import { type DeclaredTree, declaredTree, validatePayload } from "../../model/validate-payload.ts";

const undeclared: DeclaredTree = declaredTree({});

/** @throws FrancaError invalid_argument */
export function sentPoints(points: unknown): unknown[] {
  return list(points, "points", "points").map((point, index) => {
    if (!isObject(point)) return point;
    const { id, vector, vectors, sparse, multi, payload } = point;
    const where = `points[${index}] (id ${typeof id === "string" ? JSON.stringify(id) : String(id)})`;
    return {
      ...point,
      ...(vector !== undefined && { vector: sentVector(vector) }),
      ...(vectors !== undefined && { vectors: sentEach(vectors, sentVector) }),
      ...(sparse !== undefined && { sparse: sentEach(sparse, sentSparse) }),
      ...(multi !== undefined && { multi: sentEach(multi, sentRows) }),
      ...(payload !== undefined && { payload: validatePayload(payload, undeclared, where) }),
    };
  });
}

/** @throws FrancaError invalid_argument */
export function sentChange(change: unknown): unknown {
  if (!isObject(change)) return change;
  const sent: { [part: string]: unknown } = { ...change };
  for (const part of ["overwritePayload", "setPayload"]) {
    if (sent[part] !== undefined) sent[part] = validatePayload(sent[part], undeclared, `change.${part}`);
  }
  if (sent.setVectors !== undefined) sent.setVectors = sentEach(sent.setVectors, sentVector);
  if (sent.setSparse !== undefined) sent.setSparse = sentEach(sent.setSparse, sentSparse);
  if (sent.setMulti !== undefined) sent.setMulti = sentEach(sent.setMulti, sentRows);
  return sent;
}

/** With the vectors of a ranking, and of all below it, as floats. */
export function sentRanking(request: { [key: string]: unknown }): { [key: string]: unknown } {
  const sent = { ...request };
  if (sent.nearest !== undefined) sent.nearest = sentExample(sent.nearest);
  for (const kind of ["recommend", "discover", "feedback"] as const)
    if (isObject(sent[kind])) sent[kind] = sentExamples(sent[kind]);
  if (Array.isArray(sent.context)) sent.context = sent.context.map(sentExamples);
  if (Array.isArray(sent.prefetch)) sent.prefetch = sent.prefetch.map(sentStage);
  if (isObject(sent.fusion) && Array.isArray(sent.fusion.legs))
    sent.fusion = { ...sent.fusion, legs: sent.fusion.legs.map(sentStage) };
  return sent;
}

function sentStage(stage: unknown): unknown {
  return isObject(stage) ? sentRanking(stage) : stage;
}

/** Of an object whose members are examples, lists of them, pairs, or neither. */
function sentExamples(holder: unknown): unknown {
  if (!isObject(holder)) return holder;
  const sent = { ...holder };
  for (const member of ["target", "example"])
    if (sent[member] !== undefined) sent[member] = sentExample(sent[member]);
  for (const member of ["positive", "negative"]) {
    const { [member]: given } = sent;
    // A list of examples where one vector stands in a pair.
    if (Array.isArray(given) && !isVector(given)) sent[member] = given.map(sentExample);
    else if (given !== undefined) sent[member] = sentExample(given);
  }
  for (const member of ["context", "examples"])
    if (Array.isArray(sent[member])) sent[member] = sent[member].map(sentExamples);
  return sent;
}

function isVector(list: readonly unknown[]): boolean {
  return typeof list[0] === "number";
}

/** Lists of numbers go as float32, which is what they are kept as; what is none goes as it is, and is refused there. */
function sentVector(vector: unknown): unknown {
  if (!Array.isArray(vector)) return vector;
  const row = new Float32Array(vector.length);
  for (let i = 0; i < row.length; i++) {
    const component: unknown = vector[i];
    if (typeof component !== "number") return vector;
    row[i] = component;
    if (!Number.isFinite(row[i])) return vector;
  }
  return row;
}

/** A vector of any kind; what is none, an id, goes as it is. */
function sentExample(example: unknown): unknown {
  if (isObject(example)) return sentSparse(example);
  return Array.isArray(example) && typeof example[0] === "object" ? sentRows(example) : sentVector(example);
}

function sentRows(rows: unknown): unknown {
  return Array.isArray(rows) ? rows.map(sentVector) : rows;
}

function sentSparse(sparse: unknown): unknown {
  if (!isObject(sparse) || !Array.isArray(sparse.indices)) return sparse;
  const indices = Uint32Array.from(sparse.indices);
  const isExact = indices.every((index, i) => index === (sparse.indices as unknown[])[i]);
  return isExact ? { ...sparse, indices, values: sentVector(sparse.values) } : sparse;
}

function sentEach(vectors: unknown, sent: (vector: unknown) => unknown): unknown {
  if (!isObject(vectors)) return vectors;
  return Object.fromEntries(Object.entries(vectors).map(([name, vector]) => [name, sent(vector)]));
}

function isObject(value: unknown): value is { [key: string]: unknown } {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}
