/**
 * Opens a collection as a store would, behind a shield, so that nothing of it changes: which checkpoints would have to
 * be rebuilt, and whether it opens at all.
 */
import { isFrancaError } from "../../errors.ts";
import type { CollectionSchema } from "../../model/schema.ts";
import { recover } from "../checkpoint/recover.ts";
import { numberedFields } from "../fields.ts";
import type { Directory } from "../file.ts";
import type { Kernel } from "../kernel.ts";
import { Log } from "../log/log.ts";
import { CollectionState } from "../state.ts";
import { usualOptions } from "../usual-options.ts";
import type { DamagedFile } from "./report.ts";
import { shielded } from "./shielded.ts";

export interface Trial {
  derived: DamagedFile[];
  /** Why it does not open. */
  refused?: string;
}

export async function tryOpening(
  name: string,
  schema: CollectionSchema,
  directory: Directory,
  kernel: Kernel,
): Promise<Trial> {
  let log: Log | undefined;
  let state: CollectionState | undefined;
  const shield = shielded(directory);
  try {
    const dimensions = numberedFields(schema).map((field) => field.dimension);
    const { segmentBytes } = usualOptions;
    const crc32c: Kernel["crc32c"] = (bytes, seed) => kernel.crc32c(bytes, seed);
    log = await Log.open(shield, { dimensions, crc32c, segmentBytes });
    state = new CollectionState(name, schema, log, kernel);
    const warnings = await recover(shield, state);
    const derived = warnings
      .filter(({ code }) => code === "derived_rebuilt")
      .map(({ message, details }) => ({ file: String(details?.file), how: message }));
    return { derived };
  } catch (error) {
    if (!isFrancaError(error)) throw error;
    return { derived: [], refused: error.message };
  } finally {
    await state?.free();
    await log?.close();
  }
}
