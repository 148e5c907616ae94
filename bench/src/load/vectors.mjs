/** The vectors of the load, made once and kept in a file, and the true nearest of each query. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clusteredVectors } from "../data.mjs";
import { franca } from "../franca.mjs";

export const folder = join(process.env.FRANCA_BENCH_TMP ?? tmpdir(), "franca-bench-vectors");

export async function loadVectors(count, queryCount, dimension) {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `load-${count}-${queryCount}x${dimension}.f32`);
  if (!existsSync(path)) {
    const { base, queries } = clusteredVectors({ count, queryCount, dimension });
    writeFileSync(path, Buffer.concat([Buffer.from(base.buffer), Buffer.from(queries.buffer)]));
  }
  const bytes = readFileSync(path);
  const all = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  const base = all.subarray(0, count * dimension);
  const queries = Array.from({ length: queryCount }, (_, i) =>
    all.subarray((count + i) * dimension, (count + i + 1) * dimension),
  );
  return { base, queries, truth: await exactNearest(base, queries, dimension) };
}

/** By a scan of float32; the kernel's is tested against plain loops. */
async function exactNearest(base, queries, dimension) {
  const { loadKernel } = await franca("./kernel");
  const index = (await loadKernel()).createIndex({ dimension, metric: "cosine" });
  index.put(0, base);
  const found = [];
  for (const query of queries)
    found.push(Array.from((await index.search(query, { k: 10, mode: "exact" })).slots));
  await index.free();
  return found;
}

/** The mean share of the true nearest that were found. */
export function recallOf(found, truth) {
  const shares = found.map((ids, i) => truth[i].filter((id) => ids.includes(id)).length / truth[i].length);
  return shares.reduce((sum, share) => sum + share, 0) / shares.length;
}
