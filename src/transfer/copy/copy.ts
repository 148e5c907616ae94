/**
 * `copyStore`: collections of any Store into any other, told of before it begins, taken up again where it was stopped, and
 * verified at the end.
 */
import { isFrancaError } from "../../errors.ts";
import { badInput } from "../../model/bad-input.ts";
import type { Warning } from "../../model/result.ts";
import type { Collection, Store } from "../../store.ts";
import { type CaughtUp, catchUp } from "./catch-up.ts";
import { type BatchOptions, copyPoints } from "./copy-points.ts";
import { Journey } from "./journey.ts";
import {
  type CollectionPlan,
  type CopyPlan,
  expectAllowed,
  type LossKind,
  type PlanOptions,
  planCopy,
} from "./plan.ts";
import type { CopyStateKeeper } from "./state.ts";
import { type VerifyOptions, type VerifyReport, verifyPlanned } from "./verify.ts";

export interface CopyOptions extends PlanOptions, BatchOptions {
  /** Losses that are accepted; others refuse the copy before it begins. Default none. */
  allowLoss?: readonly LossKind[];
  /**
   * Keeps how far it is. Without one a copy that was stopped begins anew. A state in which all is copied, since the verification
   * found differences, or was not reached, lets the copy catch up instead of passing over everything again.
   */
  state?: CopyStateKeeper;
  /** Name source and target in the state, so that it is not taken for another copy's. Default the stores' names. */
  places?: { from: string; to: string };
  /** After the pass, compares both sides and copies what has changed meanwhile. "delete": and deletes what only the target has. */
  catchUp?: boolean | "delete";
  /** Default: all is verified. false: nothing is. */
  verify?: false | Omit<VerifyOptions, "onProgress" | "signal" | "retries">;
  onPlan?: (plan: CopyPlan) => void;
  onProgress?: (progress: CopyProgress) => void;
}

export interface CopyProgress {
  stage: "copy" | "catch up" | "verify";
  collection: string;
  /** Of all collections, those of an earlier run included. */
  points: number;
  total: number;
}

export interface CopyReport {
  collections: { from: string; to: string; created: boolean; points: number; caughtUp?: CaughtUp }[];
  /** Points written in this run. */
  points: number;
  /** Points that an earlier run had written. */
  resumed: number;
  plan: CopyPlan;
  warnings: Warning[];
  verified?: VerifyReport;
}

/**
 * Points with the ids of others in the target replace them. What is written to the source behind the page that is being read
 * is not carried, unless `catchUp` is asked for; what is written while that runs, not for certain: `dualWrite` is for
 * sources that are never quiet.
 * @throws FrancaError failed_precondition when something cannot be carried, or the state is another copy's; cancelled, with
 * details.report; those of the stores
 */
export async function copyStore(
  source: Store,
  target: Store,
  options: CopyOptions = {},
): Promise<CopyReport> {
  check(options);
  const { signal, state, allowLoss = [], places, onPlan } = options;
  const plan = await planCopy(source, target, options);
  onPlan?.(plan);
  const named = places ?? { from: source.abilities.name, to: target.abilities.name };
  const journey = await Journey.begin(plan, named, state);
  expectAllowed(plan, allowLoss);
  // The pass was done before, and did not end well, or was stopped behind it: the same again would do nothing.
  const wasPassed = journey.isPassed;
  const report: CopyReport = { collections: [], points: 0, resumed: journey.points, plan, warnings: [] };
  try {
    await journey.save();
    for (const one of plan.collections) await copyCollection(source, target, one, journey, report, options);
    for (const one of plan.collections) for (const alias of one.aliases) await target.setAlias(alias, one.to);
    if (options.catchUp || wasPassed) await catchUpAll(source, target, report, options);
    if (options.verify !== false) report.verified = await verifyAll(source, target, plan, options);
    if (report.verified?.isEqual !== false) await state?.remove();
    return report;
  } catch (error) {
    // If even this fails, the state before is there, which repeats a little more; the first error is the one to tell.
    await journey.save().catch(() => {});
    if (signal?.aborted && isFrancaError(error)) error.details.report = report;
    throw error;
  }
}

function check({
  batchSize = 1,
  batchBytes = 1,
  inFlight = 1,
  retries = 0,
  catchUp: late = false,
}: CopyOptions): void {
  for (const [name, value, least] of [
    ["batchSize", batchSize, 1],
    ["batchBytes", batchBytes, 1],
    ["inFlight", inFlight, 1],
    ["retries", retries, 0],
  ] as const) {
    if (!Number.isSafeInteger(value) || value < least)
      throw badInput(`copy: ${name}`, `a whole number of at least ${least}`, value);
  }
  if (![true, false, "delete"].includes(late))
    throw badInput("copy: catchUp", `true, false or "delete"`, late);
}

async function copyCollection(
  source: Store,
  target: Store,
  plan: CollectionPlan,
  journey: Journey,
  report: CopyReport,
  options: CopyOptions,
): Promise<void> {
  const { from, to, vectors, ids } = plan;
  const created = plan.pointsThere === undefined;
  const into: Collection = created
    ? await target.create(to, plan.schema, { ifExists: "open" })
    : await target.collection(to);
  const own: CopyReport["collections"][number] = { from, to, created, points: 0 };
  report.collections.push(own);
  const done = journey.of(from);
  if (done.isDone) return;
  const after = journey.after(from);
  await copyPoints(await source.collection(from), into, {
    ...options,
    vectors,
    ...(ids && { ids }),
    ...(after !== undefined && { after }),
    onConfirmed(last, points) {
      own.points += points;
      report.points += points;
      journey.confirm(from, last, points);
      const total = options.onProgress === undefined ? 0 : Math.max(report.plan.points, journey.points);
      options.onProgress?.({ stage: "copy", collection: from, points: journey.points, total });
    },
    onWarning: (warning) => warn(report, warning),
  });
  done.isDone = true;
  await journey.save();
}

function warn(report: CopyReport, warning: Warning): void {
  const isKnown = report.warnings.some(({ message }) => message === warning.message);
  if (!isKnown && report.warnings.length < 20) report.warnings.push(warning);
}

async function catchUpAll(
  source: Store,
  target: Store,
  report: CopyReport,
  options: CopyOptions,
): Promise<void> {
  let before = 0;
  for (const own of report.collections) {
    const plan = report.plan.collections.find(({ from }) => from === own.from)!;
    own.caughtUp = await catchUp(await source.collection(own.from), await target.collection(own.to), {
      ...options,
      vectors: plan.vectors,
      ...(plan.ids && { ids: plan.ids }),
      deletesExtra: options.catchUp === "delete",
      onProgress: (points) =>
        options.onProgress?.({
          stage: "catch up",
          collection: own.from,
          points: before + points,
          total: report.plan.points,
        }),
    });
    before += plan.points;
  }
}

function verifyAll(
  source: Store,
  target: Store,
  plan: CopyPlan,
  options: CopyOptions,
): Promise<VerifyReport> {
  const { signal, retries, verify, onProgress } = options;
  return verifyPlanned(source, target, plan.collections, {
    ...(verify === false ? {} : verify),
    ...(signal && { signal }),
    ...(retries !== undefined && { retries }),
    onProgress({ collection, points }) {
      const at = plan.collections.findIndex(({ from }) => from === collection);
      const before = plan.collections.slice(0, at).reduce((sum, one) => sum + one.points, 0);
      onProgress?.({ stage: "verify", collection, points: before + points, total: plan.points });
    },
  });
}
