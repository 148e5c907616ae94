/** The flags of `franca copy` as options. */
import { readFile } from "node:fs/promises";
import type { CopyOptions, LossKind, PlanOptions, VerifyOptions } from "../../transfer/transfer.ts";
import { type Arguments, UsageError } from "../command.ts";

const lossKinds: readonly LossKind[] = ["alias", "text", "payload-field", "vector", "id", "schema"];

export function planOptions(given: Arguments): PlanOptions {
  const collections = given.all("collection").flatMap((text) => text.split(","));
  const rename = given.all("rename").map((text) => {
    const at = text.indexOf("=");
    if (at < 1 || at === text.length - 1) throw new UsageError(`--rename: expected old=new; got "${text}"`);
    return [text.slice(0, at), text.slice(at + 1)] as const;
  });
  return {
    ...(collections.length > 0 && { collections }),
    ...(rename.length > 0 && { rename: Object.fromEntries(rename) }),
  };
}

export async function copyOptions(given: Arguments): Promise<CopyOptions> {
  const allowLoss = given.all("allow-loss").flatMap((text) => text.split(","));
  const strange = allowLoss.find((kind) => !lossKinds.includes(kind as LossKind));
  if (strange !== undefined)
    throw new UsageError(`--allow-loss: expected ${lossKinds.join(", ")}; got "${strange}"`);
  const late = given.flag("catch-up");
  if (given.flag("delete-extra") && !late) throw new UsageError("--delete-extra: only with --catch-up");
  const batchSize = given.count("batch-size");
  const inFlight = given.count("in-flight");
  return {
    ...planOptions(given),
    allowLoss: allowLoss as LossKind[],
    catchUp: late && given.flag("delete-extra") ? "delete" : late,
    verify: given.flag("no-verify") ? false : await verifyOptions(given),
    ...(batchSize !== undefined && { batchSize }),
    ...(inFlight !== undefined && { inFlight }),
  };
}

export async function verifyOptions(
  given: Arguments,
): Promise<Pick<VerifyOptions, "samples" | "queries" | "minOverlap">> {
  const samples = given.count("samples", 0);
  const file = given.text("queries");
  const least = given.text("min-overlap");
  const minOverlap = Number(least);
  if (least !== undefined && !(minOverlap >= 0 && minOverlap <= 1 && least.trim() !== ""))
    throw new UsageError(`--min-overlap: expected a number from 0 to 1; got "${least}"`);
  return {
    ...(samples !== undefined && { samples }),
    ...(least !== undefined && { minOverlap }),
    ...(file !== undefined && { queries: await readQueries(file) }),
  };
}

async function readQueries(file: string): Promise<NonNullable<VerifyOptions["queries"]>> {
  const lines = (await readFile(file, "utf8")).split("\n");
  return lines.flatMap((line, i) => {
    if (line.trim() === "") return [];
    let query: { vector?: unknown; field?: string; collection?: string } | null;
    try {
      query = JSON.parse(line);
    } catch {
      query = null;
    }
    if (!Array.isArray(query?.vector))
      throw new UsageError(`${file}:${i + 1}: expected {"vector": […], "field": …, "collection": …}`);
    const { vector, field, collection } = query;
    return [
      {
        vector: vector as number[],
        ...(field !== undefined && { field }),
        ...(collection !== undefined && { collection }),
      },
    ];
  });
}
