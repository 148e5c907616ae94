/** What one search of hnswlib-node takes in a process of its own, at the same recall: no server, no wire. */
import { existsSync } from "node:fs";

const m = 16;
const efConstruction = 200;

/** @param file where the graph is kept between runs: building it takes minutes */
export async function hnswlibYardstick({ base, queries, dimension, truth, target, recallOf, file }) {
  const { default: hnswlib } = await import("hnswlib-node");
  const count = base.length / dimension;
  const index = new hnswlib.HierarchicalNSW("ip", dimension);
  let buildSeconds;
  if (existsSync(file)) await index.readIndex(file);
  else {
    index.initIndex(count, m, efConstruction, 42);
    const before = process.cpuUsage();
    for (let i = 0; i < count; i++)
      index.addPoint(Array.from(base.subarray(i * dimension, (i + 1) * dimension)), i);
    const used = process.cpuUsage(before);
    buildSeconds = (used.user + used.system) / 1e6;
    await index.writeIndex(file);
  }
  const lists = queries.map((query) => Array.from(query));
  const found = (ef) => {
    index.setEf(ef);
    return lists.map((query) => index.searchKnn(query, 10).neighbors);
  };
  let ef = 10;
  let recall = recallOf(found(ef), truth);
  while (recall < target && ef < 512) {
    ef = Math.ceil(ef * 1.15);
    recall = recallOf(found(ef), truth);
  }
  const passes = Array.from({ length: 5 }, () => {
    const before = process.cpuUsage();
    found(ef);
    const used = process.cpuUsage(before);
    return (used.user + used.system) / 1000 / lists.length;
  });
  return { ef, recall, cpuMs: passes.sort((a, b) => a - b)[2], ...(buildSeconds && { buildSeconds }) };
}
