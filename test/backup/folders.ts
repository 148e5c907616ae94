/** Folders that end with the test, small databases, and what they hold. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { Engine, EngineOptions } from "../../src/engine/engine.ts";
import { nodeDirectory } from "../../src/engine/files/node.ts";
import type { Store } from "../../src/store.ts";
import { openOn } from "../engine/opened.ts";
import { everything } from "../transfer/pieces.ts";

export function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), "franca-backup-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** With small segments and checkpoints, and maintenance that begins early, so that there is much of all. */
export async function openAt(path: string, options: Partial<EngineOptions> = {}): Promise<Engine> {
  const segmentBytes = { log: 8192, vectors: 8192 };
  return openOn(await nodeDirectory(path), {
    segmentBytes,
    checkpointBytes: 32_768,
    leastDead: { slots: 16, bytes: 4096 },
    ...options,
  }) as Promise<Engine>;
}

/** Aliases, and every point of every collection, to the last bit. */
export async function contentOf(store: Store): Promise<unknown> {
  const collections: { [name: string]: unknown } = {};
  for (const name of await store.list()) {
    const { schema, aliases } = await store.describe(name);
    collections[name] = { schema, aliases, points: await everything(await store.collection(name)) };
  }
  return collections;
}

/** Paths of all files below a folder. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => statSync(join(folder, name)).isFile())
    .sort();
}

export function bytesBelow(folder: string): { [name: string]: string } {
  return Object.fromEntries(
    filesBelow(folder)
      .filter((name) => !name.startsWith("lock"))
      .map((name) => [name, readFileSync(join(folder, name)).toString("base64")]),
  );
}
