/** Where `franca copy` reads and writes: a folder, memory, a Franca server, or a Qdrant. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { FrancaError } from "../../errors.ts";
import { open } from "../../open.ts";
import type { Store } from "../../store.ts";
import { qdrant } from "../../stores/qdrant.ts";

const isAddress = (place: string): boolean => /^(?:qdrant\+)?https?:\/\//i.test(place);
const isQdrant = (place: string): boolean => /^qdrant\+/i.test(place);

/** The same place has the same name, however it is written. */
export function placeName(place: string): string {
  if (place === ":memory:") return place;
  return isAddress(place) ? place.replace(/\/+$/, "") : resolve(place);
}

/** Whether it outlives the process. */
export function isKept(place: string): boolean {
  return place !== ":memory:";
}

/** @param mode "existing": a database that is not there is not made; "dry": nor is it, an empty one stands for it */
export async function openPlace(
  place: string,
  { key, mode }: { key: string | undefined; mode: "existing" | "make" | "dry" },
): Promise<Store> {
  if (isQdrant(place)) {
    const url = place.slice("qdrant+".length);
    return qdrant({ url, ...(key !== undefined && { apiKey: key }) });
  }
  if (isAddress(place)) return open(place as `http://${string}`, key === undefined ? {} : { apiKey: key });
  if (place === ":memory:" || mode === "make" || existsSync(place)) return open(place);
  if (mode === "dry") return open(":memory:");
  throw new FrancaError("not_found", `there is no database at ${place}`, { details: { folder: place } });
}
