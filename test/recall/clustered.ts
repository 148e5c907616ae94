/** Data with clusters, as real embeddings have them; uniform vectors are unlike any. */

/** Vectors around cluster centres, the same ones for the same seed. */
export function clusteredVectors(seed: number, dimension: number, clusters: number): () => Float32Array {
  let state = seed;
  const uniform = (): number => {
    // mulberry32, public domain
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  const centres = Array.from({ length: clusters }, () => Float32Array.from({ length: dimension }, normal));
  return () => {
    const centre = centres[Math.floor(uniform() * clusters)]!;
    return centre.map((x) => x + 0.6 * normal());
  };
}
