/** A Collection of a Franca server. */
import { FrancaError, isFrancaError } from "../../errors.ts";
import { plainObject } from "../../model/bad-input.ts";
import type { PointId } from "../../model/id.ts";
import type { Point, StoredPoint } from "../../model/point.ts";
import type { QueryRequest, ReadOptions, ScrollRequest, Selection } from "../../model/query.ts";
import type { QueryResult, ScrollPage, Warning, WriteResult } from "../../model/result.ts";
import type { CollectionSchema } from "../../model/schema.ts";
import { checkSignal, checkSignalOptions } from "../../model/validate-signal.ts";
import type {
  Collection,
  CollectionStats,
  CountRequest,
  FacetRequest,
  FacetValue,
  OptimizeOptions,
  OptimizeProgress,
  PointChange,
  PointSelector,
  WriteOptions,
} from "../../store.ts";
import type { Call } from "../calls/attempt.ts";
import { sentChange, sentPoints, sentRanking } from "./sent.ts";
import type { Transport } from "./transport.ts";

export class RemoteCollection<S extends CollectionSchema> implements Collection<S> {
  readonly name: string;
  readonly schema: S;
  readonly #transport: Transport;
  readonly #path: string;

  constructor(transport: Transport, name: string, schema: S) {
    this.#transport = transport;
    this.name = name;
    this.schema = schema;
    this.#path = `/collections/${encodeURIComponent(name)}`;
  }

  async upsert(points: readonly Point<S>[], options: WriteOptions = {}): Promise<WriteResult> {
    try {
      return (await this.#write("upsert", { points: sentPoints(points) }, options)) as WriteResult;
    } catch (error) {
      throw isFrancaError(error, "resource_exhausted") ? howToSplit(error, points.length) : error;
    }
  }

  async update(
    selector: PointSelector<S>,
    change: PointChange<S>,
    options: WriteOptions = {},
  ): Promise<WriteResult> {
    const body = { selector, change: sentChange(change) };
    return (await this.#write("update", body, options)) as WriteResult;
  }

  async delete(selector: PointSelector<S>, options: WriteOptions = {}): Promise<WriteResult> {
    return (await this.#write("delete", selector, options)) as WriteResult;
  }

  async get(
    ids: readonly PointId[],
    select?: Selection<S>,
    options: ReadOptions = {},
  ): Promise<(StoredPoint<S> | undefined)[]> {
    const signal = checkSignalOptions(options, "options");
    const { points } = (await this.#post("get", { ids, select }, "read", signal)) as {
      points: (StoredPoint<S> | null)[];
    };
    return points.map((point) => point ?? undefined);
  }

  async query(request: QueryRequest<S>): Promise<QueryResult<S>> {
    const { signal, body } = signalIn(request, "query");
    return (await this.#post("query", sentRanking(body), "read", signal)) as QueryResult<S>;
  }

  async scroll(request: ScrollRequest<S> = {}): Promise<ScrollPage<S>> {
    const { signal, body } = signalIn(request, "scroll");
    return (await this.#post("scroll", body, "read", signal)) as ScrollPage<S>;
  }

  async count(request: CountRequest<S> = {}): Promise<{ count: number; warnings: Warning[] }> {
    const { signal, body } = signalIn(request, "count");
    return (await this.#post("count", body, "read", signal)) as { count: number; warnings: Warning[] };
  }

  async facet(request: FacetRequest<S>): Promise<{ values: FacetValue[]; warnings: Warning[] }> {
    const { signal, body } = signalIn(request, "facet");
    return (await this.#post("facet", body, "read", signal)) as { values: FacetValue[]; warnings: Warning[] };
  }

  async optimize({ signal: given, onProgress }: OptimizeOptions = {}): Promise<void> {
    const signal = checkSignal(given, "options.signal");
    const path = `${this.#path}/optimize`;
    // What is left undone by it is harmless, and done later.
    const call: Call = { method: "POST", path, kind: "read", ...(signal && { signal }) };
    for await (const line of this.#transport.lines(call)) {
      if ((line as { done: unknown }).done === true) return;
      onProgress?.(line as OptimizeProgress);
    }
    throw new FrancaError(
      "unavailable",
      "the server stopped telling how optimize goes on before it was done: call it again",
    );
  }

  stats(): Promise<CollectionStats> {
    const call: Call = { method: "GET", path: `${this.#path}/stats`, kind: "read" };
    return this.#transport.call(call) as Promise<CollectionStats>;
  }

  #write(verb: string, body: object, options: unknown): Promise<unknown> {
    return this.#post(verb, body, "write", checkSignalOptions(options, "options"));
  }

  #post(verb: string, body: object, kind: Call["kind"], signal: AbortSignal | undefined): Promise<unknown> {
    const path = `${this.#path}/points/${verb}`;
    return this.#transport.call({ method: "POST", path, body, kind, ...(signal && { signal }) });
  }
}

/** The signal is the connection's business. @throws FrancaError invalid_argument */
function signalIn(request: unknown, what: string) {
  const { signal, ...body } = plainObject(request, what, "a request");
  return { signal: checkSignal(signal, `${what}.signal`), body };
}

/** One call is one request, all or none: what is too large for it only the caller may divide. */
function howToSplit(error: FrancaError, points: number): FrancaError {
  const { limitBytes, sentBytes } = error.details;
  if (typeof sentBytes !== "number") return error;
  const isKnown = typeof limitBytes === "number" && points > 0;
  const most = isKnown ? Math.floor((points * limitBytes * 0.9) / sentBytes) : 0;
  const advice = most >= 1 ? `at most ${most} points a call` : "fewer points a call";
  const limit = isKnown ? `${limitBytes} bytes` : "there is room for";
  return new FrancaError(
    "resource_exhausted",
    `an upsert of ${points} points has ${sentBytes} bytes, more than ${limit}: send ${advice}; each call is all or none`,
    { details: { ...error.details, ...(most >= 1 && { points: most }) }, cause: error },
  );
}
