/**
 * What a damaged database comes to. Allowed are: the same answers; a typed error; answers that differ in points that a
 * warning names. Everything else is thrown.
 */
import { isDeepStrictEqual } from "node:util";
import type { Directory } from "../../src/engine/file.ts";
import { verify } from "../../src/engine/verify/verify.ts";
import { FrancaError, isFrancaError } from "../../src/errors.ts";
import type { Warning } from "../../src/model/result.ts";
import type { Store } from "../../src/store.ts";
import { openOn } from "../engine/opened.ts";
import { type Answers, ask, smallSegments } from "./database.ts";

export type Outcome = "same" | "rebuilt" | "named" | "refused" | "not opened";
export type Expected = { [name in "things" | "notes"]: Answers };

/** Asks every collection everything. */
export async function askAll(store: Store): Promise<Expected> {
  return { things: await ask(store, "things"), notes: await ask(store, "notes") };
}

/** @throws what is not allowed */
export async function outcomeOf(directory: Directory, expected: Expected): Promise<Outcome> {
  let store: Store;
  try {
    store = await openOn(directory, smallSegments);
  } catch (error) {
    typed(error);
    return "not opened";
  }
  const outcomes: Outcome[] = [];
  try {
    for (const name of ["things", "notes"] as const) {
      outcomes.push(await outcomeOfAsking(() => ask(store, name), name, expected[name]));
    }
  } finally {
    await store.close().catch(typed);
  }
  for (const outcome of ["refused", "named", "rebuilt"] as const)
    if (outcomes.includes(outcome)) return outcome;
  return "same";
}

/** Of one collection. @param ask opens it, too; answers are by id, `warnings` are those of stats() */
export async function outcomeOfAsking(
  ask: () => Promise<Answers>,
  name: string,
  expected: Answers,
): Promise<Outcome> {
  let answers: Answers;
  try {
    answers = await ask();
  } catch (error) {
    typed(error);
    return "refused";
  }
  const warnings = answers.warnings as Warning[];
  const named = new Set(
    warnings
      .filter(({ code }) => code === "damaged_points")
      .flatMap(({ details }) => details!.ids as unknown[]),
  );
  const ids = new Set([...named].map(String));
  for (const [question, answer] of Object.entries(answers)) {
    if (question === "warnings" || isDeepStrictEqual(answer, expected[question])) continue;
    if (answer instanceof FrancaError) {
      // Read by its id: an error that names it.
      typed(answer);
      if (answer.code === "data_loss" && ids.has(question.slice("get ".length))) continue;
    } else if (isAccounted(question, answer, expected[question], ids)) continue;
    throw new Error(
      `${name}, ${question}: ${show(answer)} instead of ${show(expected[question])}, named: ${[...ids].join()}`,
    );
  }
  if (ids.size > 0) return "named";
  return warnings.some(({ code }) => code === "derived_rebuilt") ? "rebuilt" : "same";
}

/** Whether every difference is about a point that is named. */
function isAccounted(
  question: string,
  answer: unknown,
  expected: unknown,
  named: ReadonlySet<string>,
): boolean {
  if (named.size === 0) return false;
  if (typeof answer === "number") return Math.abs((expected as number) - answer) <= named.size;
  if (Array.isArray(answer)) return named.size > 0;
  const before = expected as { [id: string]: { score?: number } };
  const after = answer as { [id: string]: { score?: number } };
  const isText = question.includes('"text"');
  const differing = Object.keys({ ...before, ...after }).filter((id) => {
    // Scores of words depend on how many points there are.
    const bare = (point?: { score?: number }) => (isText && point ? { ...point, score: 0 } : point);
    return !isDeepStrictEqual(bare(before[id]), bare(after[id]));
  });
  return differing.every((id) => named.has(id));
}

function show(value: unknown): string {
  const text = JSON.stringify(value, (_, part) => (typeof part === "bigint" ? `${part}n` : part));
  return value instanceof Error ? String(value) : text.slice(0, 400);
}

function typed(error: unknown): void {
  if (!isFrancaError(error)) throw error;
  if (error.code !== "data_loss" && error.code !== "failed_precondition" && error.code !== "not_found")
    throw error;
}

/** Verifying says the same, and does not fail: returns whether it finds anything wrong. */
export async function findsDamage(directory: Directory): Promise<boolean> {
  const report = await verify(directory);
  return !report.ok;
}
