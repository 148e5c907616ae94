/**
 * Points that stand for their vectors: their vectors are read before the query, from the collection itself or from another,
 * each collection once. Points of the collection itself are left out of the whole answer.
 */
import type { PointId } from "../../../model/id.ts";
import { idKey } from "../../../model/id.ts";
import type { Store } from "../../../store.ts";
import { type Opened, opened } from "../collections/opened.ts";
import { type HeldVector, heldVector } from "../collections/vector-field.ts";
import { notFound } from "../errors.ts";
import { storedVector } from "../points/record.ts";
import { pointNotFound } from "../points/selected-points.ts";
import type { AnyVector } from "../points/vector-shapes.ts";
import type { Input, Query, Stage } from "./stage.ts";

export interface Resolved {
  /** Undefined where the point lacks this vector. */
  vectorOf(stage: Stage, input: Input): AnyVector | undefined;
  /** @throws FrancaError not_found where the point lacks this vector */
  need(stage: Stage, input: Input): AnyVector;
  /** To be left out of the answer. */
  readonly excluded: readonly PointId[];
}

interface Place {
  readonly from: Opened;
  readonly held: HeldVector;
}

export async function resolve(store: Store, root: Stage, to: Opened, signal: AbortSignal): Promise<Resolved> {
  const wanted = idsIn(root);
  const others = new Map<string, Opened>();
  for (const { stage } of wanted) {
    const name = stage.lookup_from?.collection;
    if (name !== undefined && !others.has(name)) others.set(name, await opened(store, { collection: name }));
  }
  const placeOf = ({ lookup_from, using }: Stage): Place => {
    const from = lookup_from === undefined ? to : others.get(lookup_from.collection)!;
    return { from, held: heldVector(lookup_from?.vector ?? using, from) };
  };
  const byCollection = new Map<Opened, typeof wanted>();
  for (const one of wanted) {
    const { from } = placeOf(one.stage);
    byCollection.set(from, [...(byCollection.get(from) ?? []), one]);
  }
  const found = new Map<string, AnyVector>();
  const keyOf = ({ from, held }: Place, id: PointId): string =>
    JSON.stringify([from.collection.name, held.field, idKey(id)]);
  for (const [from, asked] of byCollection) {
    const ids = [...new Map(asked.map(({ id }) => [idKey(id), id])).values()];
    const places = [
      ...new Map(asked.map(({ stage }) => [placeOf(stage).held.field, placeOf(stage)])).values(),
    ];
    const points = await from.collection.get(
      ids,
      { payload: false, vectors: places.map(({ held }) => held.field) },
      { signal },
    );
    points.forEach((point, i) => {
      if (point === undefined) throw pointNotFound(ids[i]!);
      for (const place of places) {
        const vector = storedVector(point, place.held);
        if (vector !== undefined) found.set(keyOf(place, point.id), vector);
      }
    });
  }
  const vectorOf = (stage: Stage, input: Input): AnyVector | undefined =>
    "id" in input ? found.get(keyOf(placeOf(stage), input.id)) : input;
  return {
    vectorOf,
    need(stage, input) {
      const vector = vectorOf(stage, input);
      if (vector === undefined)
        throw notFound(`Vector with name ${JSON.stringify(placeOf(stage).held.name)} for point not found`);
      return vector;
    },
    excluded: wanted
      .filter(({ stage }) => placeOf(stage).from.collection.name === to.collection.name)
      .map(({ id }) => id),
  };
}

function idsIn(stage: Stage): { stage: Stage; id: PointId }[] {
  const own = stage.query === undefined ? [] : inputsOf(stage.query);
  return [
    ...own.flatMap((input) => ("id" in input ? [{ stage, id: input.id }] : [])),
    ...stage.prefetch.flatMap(idsIn),
  ];
}

function inputsOf(query: Query): readonly Input[] {
  switch (query.kind) {
    case "nearest":
      return [query.nearest];
    case "recommend":
      return [...query.positive, ...query.negative];
    case "discover":
      return [query.target, ...query.context.flatMap(({ positive, negative }) => [positive, negative])];
    case "context":
      return query.context.flatMap(({ positive, negative }) => [positive, negative]);
    case "feedback":
      return [query.target, ...query.feedback.map(({ example }) => example)];
    default:
      return [];
  }
}
