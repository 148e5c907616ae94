/**
 * The state of a copy in a file: one JSON document with a checksum, replaced whole (written beside, synced, renamed).
 */
import { createHash } from "node:crypto";
import { open, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { FrancaError } from "../../errors.ts";
import type { CopyState, CopyStateKeeper } from "./state.ts";

export function stateFile(path: string): CopyStateKeeper {
  return {
    async load() {
      let text: string;
      try {
        text = await readFile(path, "utf8");
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
        throw error;
      }
      return decode(text, path);
    },
    async save(state) {
      const temporary = `${path}.new`;
      const file = await open(temporary, "w");
      try {
        await file.writeFile(encode(state));
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, path);
      const folder = await open(dirname(path), "r");
      try {
        await folder.sync();
      } finally {
        await folder.close();
      }
    },
    async remove() {
      await rm(path, { force: true });
      await rm(`${path}.new`, { force: true });
    },
  };
}

function encode(state: CopyState): string {
  const text = JSON.stringify(state);
  return `${JSON.stringify({ franca: "copy", sha256: sha256(text), state: text })}\n`;
}

function decode(text: string, path: string): CopyState {
  let file: { franca?: unknown; sha256?: unknown; state?: unknown } | null;
  try {
    file = JSON.parse(text);
  } catch {
    file = null;
  }
  if (file?.franca !== "copy" || typeof file.state !== "string")
    throw new FrancaError(
      "failed_precondition",
      `${path} is no state of a copy: choose another file with --state`,
      {
        details: { file: path },
      },
    );
  if (sha256(file.state) !== file.sha256)
    throw new FrancaError(
      "data_loss",
      `${path} is damaged: its checksum differs; remove it, and the copy begins anew, which does no harm`,
      { details: { file: path } },
    );
  const state = JSON.parse(file.state) as CopyState;
  if (state.version === 1) return state;
  throw new FrancaError(
    "failed_precondition",
    `${path} is of version ${String(state.version)}; this build reads 1: go on with the Franca that began the copy`,
    { details: { file: path } },
  );
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
