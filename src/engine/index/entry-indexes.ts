/**
 * The indexes of sparse and multi fields of one collection: built from the points' entries when it is opened, and kept with them.
 */
import { FrancaError } from "../../errors.ts";
import type { EntryVectors } from "../log/entry-vectors.ts";
import type { CollectionView } from "../view.ts";
import { MultiIndex } from "./multi-index.ts";
import { SparseIndex } from "./sparse-index.ts";

type Fields = Pick<CollectionView, "sparseFields" | "multiFields">;

export class EntryIndexes {
  readonly sparse: ReadonlyMap<string, SparseIndex>;
  readonly multi: ReadonlyMap<string, MultiIndex>;

  /** @param before those of fields that are there still are taken over */
  constructor({ sparseFields, multiFields }: Fields, before?: EntryIndexes) {
    this.sparse = new Map(
      Object.keys(sparseFields).map((name) => [name, before?.sparse.get(name) ?? new SparseIndex()]),
    );
    this.multi = new Map(
      Object.entries(multiFields).map(([name, { dimension, metric }]) => [
        name,
        before?.multi.get(name) ?? new MultiIndex(dimension, metric === "cosine"),
      ]),
    );
  }

  sparseIndex(field: string): SparseIndex {
    return expectField(this.sparse.get(field), field, "sparse");
  }

  multiIndex(field: string): MultiIndex {
    return expectField(this.multi.get(field), field, "multi");
  }

  /** The slot is new. */
  insert(slot: number, { sparse, multi }: EntryVectors): void {
    for (const [field, vector] of Object.entries(sparse)) this.sparse.get(field)?.insert(slot, vector);
    for (const [field, rows] of Object.entries(multi)) this.multi.get(field)?.insert(slot, rows);
  }

  /** The slot died. */
  delete(slot: number): void {
    for (const index of this.sparse.values()) index.delete(slot);
    for (const index of this.multi.values()) index.delete(slot);
  }

  /** Forgets the slots that are dead by now, so that they can be put again. */
  async vacuumInTurns(pause: () => Promise<void> | undefined): Promise<void> {
    for (const index of this.sparse.values()) for (const _ of index.vacuum()) await pause();
    for (const index of this.multi.values()) index.vacuum();
  }

  get sizeBytes(): number {
    return [...this.sparse.values(), ...this.multi.values()].reduce((sum, index) => sum + index.sizeBytes, 0);
  }
}

function expectField<T>(index: T | undefined, field: string, kind: string): T {
  if (index !== undefined) return index;
  throw new FrancaError("internal", `there is no ${kind} vector field ${JSON.stringify(field)}`);
}
