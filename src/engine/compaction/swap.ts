/**
 * Taking a rewritten run into use in the slot table: in one turn of the event loop, so that no reader sees half of it.
 */
import { FrancaError } from "../../errors.ts";
import { noSegment, type SlotTable } from "../slots.ts";
import type { Output } from "./output.ts";

/** A slot in a deletion. */
const deletedSlotBytes = 4;

/**
 * To be called before the manifest is replaced: all that the table has in the run must have been copied.
 * @throws FrancaError internal
 */
export function expectComplete(table: SlotTable, run: ReadonlySet<number>, { moves }: Output): void {
  let puts = 0;
  let payloads = 0;
  for (let slot = 0; slot < table.slots; slot++) {
    if (table.isFree(slot)) continue;
    if (run.has(table.bornIn[slot]!)) puts++;
    if (run.has(table.entrySegment[slot]!)) payloads++;
  }
  for (let i = 0; i < moves.size; i++) {
    if (moves.isPut(i, table)) puts--;
    if (moves.isPayload(i, table)) payloads--;
  }
  if (puts === 0 && payloads === 0) return;
  throw new FrancaError(
    "internal",
    `a compaction of segments ${[...run].join(", ")} missed ${puts} puts and ${payloads} payloads; nothing was changed`,
  );
}

/** Places, deaths and dead bytes as the new segment has them. */
export function adoptMoves(table: SlotTable, run: ReadonlySet<number>, output: Output): void {
  const { moves, deleteBytes } = output;
  const into = output.segment.id;
  const usage = { dead: deleteBytes, held: deleteBytes, deletions: deleteBytes };
  const dropped = droppedDeaths(table, run);
  for (let i = 0; i < moves.size; i++) {
    const slot = moves.slots[i]!;
    const isDead = table.isDead(slot);
    let dead = 0;
    const isPayload = moves.isPayload(i, table);
    if (moves.isPut(i, table)) {
      table.bornIn[slot] = into;
      table.bornAt[slot] = moves.toOffset[i]!;
      moves.rows.forEach((rows, ordinal) => {
        table.rows[ordinal]![slot] = rows[i]!;
      });
      dead += table.vectorBytes(slot);
    }
    if (isPayload) {
      table.entrySegment[slot] = into;
      table.entryOffset[slot] = moves.toOffset[i]!;
      dead += moves.length[i]!;
    } else if (moves.kinds[i] !== "bare put") {
      // It was replaced after it was copied.
      usage.dead += moves.length[i]!;
    }
    if (!isDead) continue;
    usage.dead += dead;
    usage.held += dead;
  }
  for (let slot = 0; slot < table.slots; slot++) {
    if (run.has(table.diedIn[slot]!)) table.diedIn[slot] = into;
    // What is still there is of free slots, and was left out.
    if (run.has(table.bornIn[slot]!)) table.bornIn[slot] = noSegment;
  }
  table.ghosts.rewritten(run, into);
  for (const segment of run) table.usage.forget(segment);
  table.usage.set(into, usage);
  for (const segment of dropped) table.usage.forgotten(segment, deletedSlotBytes);
}

/** Segments with the deaths of puts that were left out: nothing needs those any more. */
function droppedDeaths(table: SlotTable, run: ReadonlySet<number>): number[] {
  const { ghosts } = table;
  const dropped: number[] = [];
  for (let slot = 0; slot < table.slots; slot++) {
    if (table.isFree(slot) && run.has(table.bornIn[slot]!)) dropped.push(table.diedIn[slot]!);
  }
  for (let i = 0; i < ghosts.size; i++) if (run.has(ghosts.bornIn[i]!)) dropped.push(ghosts.diedIn[i]!);
  return dropped.filter((segment) => !run.has(segment));
}
