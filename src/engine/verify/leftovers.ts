/**
 * Files in a collection's folder that nothing names: what interrupted calls left behind, or what is not Franca's.
 */
import type { Directory } from "../file.ts";
import { manifestName } from "../log/manifest.ts";
import { logFileName, vectorFileName } from "../log/segment.ts";
import type { Leftover } from "./report.ts";
import type { Salvage } from "./salvage.ts";

export async function foreignFiles(directory: Directory, found: Salvage): Promise<Leftover[]> {
  const named = new Set([manifestName]);
  for (const id of found.segments.keys()) {
    named.add(logFileName(id));
    found.dimensions.forEach((_, ordinal) => {
      named.add(vectorFileName(id, ordinal));
    });
  }
  const leftovers: Leftover[] = [];
  for (const name of await directory.list()) {
    if (named.has(name) || name.endsWith(".checkpoint")) continue;
    const what = name.endsWith(".new") ? "a file that was to replace another" : "nothing names this file";
    leftovers.push(await leftover(directory, name, what));
  }
  return leftovers;
}

export async function leftover(directory: Directory, name: string, what: string): Promise<Leftover> {
  const file = await directory.open(name);
  const length = await file.size();
  await file.close();
  return { file: `${directory.location}/${name}`, offset: 0, length, what };
}
