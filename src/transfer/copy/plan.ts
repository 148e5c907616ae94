/**
 * What a copy will do, and what it cannot carry, before anything is written.
 */
import { FrancaError, isFrancaError } from "../../errors.ts";
import { badInput } from "../../model/bad-input.ts";
import { type IdKind, idKind } from "../../model/id.ts";
import { type CollectionSchema, vectorFieldNames } from "../../model/schema.ts";
import { schemasEqual } from "../../model/validate-schema.ts";
import type { Collection, CollectionInfo, Store } from "../../store.ts";
import { pagesOf, pointBytes } from "./pages.ts";
import { unfitFor, withoutLosses } from "./schema-losses.ts";

/**
 * "alias": an alias is not set; "text", "payload-field": a field is not declared there (its values are carried);
 * "vector": a vector field is left out; "id": points are left out whose ids are of a kind that it has not;
 * "schema": a collection that is there keeps its own declarations.
 */
export type LossKind = "alias" | "text" | "payload-field" | "vector" | "id" | "schema";
export const lossKinds: readonly LossKind[] = ["alias", "text", "payload-field", "vector", "id", "schema"];

export interface Loss {
  kind: LossKind;
  /** Of the source. */
  collection: string;
  message: string;
}

export interface CollectionPlan {
  from: string;
  to: string;
  points: number;
  /** Of vectors and payloads, estimated from the first points. */
  bytes: number;
  /** Points in the target's collection of that name; undefined: it will be made. */
  pointsThere?: number;
  /** What the target's collection has or gets. */
  schema: CollectionSchema;
  /** Vector fields that are carried. */
  vectors: string[];
  aliases: string[];
  /** Kinds of ids that are carried; absent: all. */
  ids?: readonly IdKind[];
}

export interface CopyPlan {
  collections: CollectionPlan[];
  points: number;
  bytes: number;
  losses: Loss[];
  /** What makes the copy impossible, whatever is allowed. */
  obstacles: { collection: string; message: string }[];
}

export interface PlanOptions {
  /** Of the source, by name or alias. Default: all. */
  collections?: readonly string[];
  /** Names in the target by names in the source. */
  rename?: { readonly [from: string]: string };
  signal?: AbortSignal;
}

/** Reads; writes nothing. @throws FrancaError not_found for a collection that is not there; invalid_argument */
export async function planCopy(source: Store, target: Store, options: PlanOptions = {}): Promise<CopyPlan> {
  const names = await namesOf(source, options);
  const plan: CopyPlan = { collections: [], points: 0, bytes: 0, losses: [], obstacles: [] };
  const taken = new Map<string, string>();
  for (const from of names) {
    const to = options.rename?.[from] ?? from;
    const other = taken.get(to);
    if (other !== undefined)
      throw badInput("copy", `different names in the target; ${from} and ${other} would both be`, to);
    taken.set(to, from);
    await addCollection(plan, source, target, { from, to }, options.signal);
  }
  await addAliases(plan, source, target);
  plan.points = plan.collections.reduce((sum, { points }) => sum + points, 0);
  plan.bytes = plan.collections.reduce((sum, { bytes }) => sum + bytes, 0);
  return plan;
}

/** @throws FrancaError failed_precondition, which tells all that is in the way, and what would allow it */
export function expectAllowed(plan: CopyPlan, allowed: readonly LossKind[]): void {
  const unknown = allowed.find((kind) => !lossKinds.includes(kind));
  if (unknown !== undefined) throw badInput("copy: allowLoss", lossKinds.join(", "), unknown);
  const refused = plan.losses.filter(({ kind }) => !allowed.includes(kind));
  const kinds = [...new Set(refused.map(({ kind }) => kind))];
  const lines = [
    ...plan.obstacles.map(({ message }) => message),
    ...refused.map(({ kind, message }) => `${kind}: ${message}`),
  ];
  if (lines.length === 0) return;
  const mend =
    plan.obstacles.length > 0
      ? "copy under other names (rename), or drop what is in the way"
      : `allow it by name (allowLoss, --allow-loss ${kinds.join(",")}), or choose another target`;
  throw new FrancaError(
    "failed_precondition",
    `nothing was copied, since not all can be carried:\n  ${lines.join("\n  ")}\n${mend}`,
    { details: { losses: plan.losses, obstacles: plan.obstacles } },
  );
}

async function namesOf(source: Store, { collections, rename = {} }: PlanOptions): Promise<string[]> {
  const names =
    collections === undefined
      ? await source.list()
      : await Promise.all(collections.map(async (name) => (await source.describe(name)).name));
  const all = [...new Set(names)];
  const strange = Object.keys(rename).find((name) => !all.includes(name));
  if (strange !== undefined)
    throw badInput("copy: rename", `collections that are copied (${all.join(", ")})`, strange);
  return all;
}

async function addCollection(
  plan: CopyPlan,
  source: Store,
  target: Store,
  { from, to }: { from: string; to: string },
  signal: AbortSignal | undefined,
): Promise<void> {
  const { limits } = target.abilities;
  const obstacle = (message: string): void => void plan.obstacles.push({ collection: from, message });
  const collection = await source.collection(from);
  const { count: points } = await collection.count(signal && { signal });
  const { schema, losses } = withoutLosses(collection.schema, target.abilities, from);
  plan.losses.push(...losses);
  if (limits?.names && !new RegExp(limits.names.pattern, "u").test(to))
    obstacle(`${from}: the target wants ${limits.names.expected}; got ${JSON.stringify(to)}`);
  const there = await found(target, to);
  let becomes = schema;
  if (there !== undefined) {
    if (there.name !== to)
      obstacle(`${from}: ${JSON.stringify(to)} is an alias of ${there.name} in the target`);
    const unfit = unfitFor(schema, there.schema);
    if (unfit !== undefined) obstacle(`${from}: the target's collection ${to} does not fit: ${unfit}`);
    else if (!schemasEqual(schema, there.schema)) {
      const message = `${from}: the target's collection ${to} is there with other declarations, and keeps them`;
      plan.losses.push({ kind: "schema", collection: from, message });
    }
    becomes = there.schema;
  }
  if (limits?.ids !== undefined) {
    const left = await idsLeftOut(collection, limits.ids, signal);
    if (left !== undefined) plan.losses.push({ kind: "id", collection: from, message: `${from}: ${left}` });
  }
  plan.collections.push({
    from,
    to,
    points,
    bytes: Math.round(points * (await averageBytes(collection, signal))),
    ...(there !== undefined && { pointsThere: there.points }),
    schema: becomes,
    vectors: vectorFieldNames(schema),
    aliases: [],
    ...(limits?.ids !== undefined && { ids: limits.ids }),
  });
}

/** Aliases follow their collection, unless something else has the name there. */
async function addAliases(plan: CopyPlan, source: Store, target: Store): Promise<void> {
  const theirs = source.abilities.aliases ? Object.entries(await source.aliases()) : [];
  const there = target.abilities.aliases ? await target.aliases() : {};
  const names = new Set([...(await target.list()), ...plan.collections.map(({ to }) => to)]);
  const pattern = target.abilities.limits?.names?.pattern;
  for (const [alias, name] of theirs) {
    const collection = plan.collections.find(({ from }) => from === name);
    if (collection === undefined) continue;
    const points = Object.hasOwn(there, alias) ? there[alias] : undefined;
    const why = !target.abilities.aliases
      ? "the target has no aliases"
      : names.has(alias)
        ? "a collection of the target has this name"
        : points !== undefined && points !== collection.to
          ? `in the target it points at ${points}`
          : pattern !== undefined && !new RegExp(pattern, "u").test(alias)
            ? `the target wants ${target.abilities.limits!.names!.expected}`
            : undefined;
    if (why === undefined) collection.aliases.push(alias);
    else
      plan.losses.push({ kind: "alias", collection: name, message: `the alias ${alias} of ${name}: ${why}` });
  }
}

async function found(target: Store, name: string): Promise<CollectionInfo | undefined> {
  try {
    return await target.describe(name);
  } catch (error) {
    // A name that is refused is an obstacle already.
    if (isFrancaError(error, "not_found") || isFrancaError(error, "invalid_argument")) return undefined;
    throw error;
  }
}

async function averageBytes(collection: Collection, signal: AbortSignal | undefined): Promise<number> {
  const { points } = await collection.scroll({
    limit: 50,
    select: { payload: true, vectors: true },
    ...(signal && { signal }),
  });
  return points.length === 0 ? 0 : points.reduce((sum, point) => sum + pointBytes(point), 0) / points.length;
}

/** Only where the target has not every kind of ids: it takes a pass over all of them. */
async function idsLeftOut(
  collection: Collection,
  kinds: readonly IdKind[],
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  let count = 0;
  let first: string | undefined;
  for await (const page of pagesOf(collection, {
    vectors: false,
    payload: false,
    ...(signal && { signal }),
  })) {
    for (const { id } of page.points) {
      if (kinds.includes(idKind(id))) continue;
      count++;
      first ??= String(id);
    }
  }
  if (count === 0) return undefined;
  return `${count} points have ids of a kind that the target has not (it has ${kinds.join(", ")}), such as ${first}`;
}
