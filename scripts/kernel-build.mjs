/** What the two kernel builds share: whether an output is still current, told by a hash of all that made it. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));

/** The hash of every file in `paths` (files or folders, relative to the root) and of `facts`. */
export function inputsHash(paths, facts) {
  const hash = createHash("sha256").update(JSON.stringify(facts));
  for (const path of paths.flatMap(filesBelow).sort()) {
    hash.update(`\0${path}\0`).update(readFileSync(join(root, path)));
  }
  return hash.digest("hex");
}

export function isCurrent(output, hash) {
  const stamp = `${output}.hash`;
  return existsSync(output) && existsSync(stamp) && readFileSync(stamp, "utf8") === hash;
}

/** An output that no longer answers to its sources must not be loaded by accident. */
export function discard(output) {
  rmSync(output, { force: true });
  rmSync(`${output}.hash`, { force: true });
}

export function stamp(output, hash) {
  writeFileSync(`${output}.hash`, hash);
}

function filesBelow(path) {
  if (!statSync(join(root, path)).isDirectory()) return [path];
  const entries = readdirSync(join(root, path)).filter((entry) => entry !== "build");
  return entries.flatMap((entry) => filesBelow(`${path}/${entry}`));
}
