/**
 * Synthetic vectors with a low intrinsic dimension, like real embeddings: a mixture of anisotropic Gaussians in 48
 * dimensions, bent through one random tanh layer to the full dimension, plus a common offset and noise, normalised.
 */

/** xoshiro128** (Blackman and Vigna, 2018), seeded by splitmix32; uniform in [0, 1). */
export function randomSource(seed) {
  let z = seed >>> 0;
  const next32 = () => {
    z = (z + 0x9e3779b9) >>> 0;
    let t = z ^ (z >>> 16);
    t = Math.imul(t, 0x21f0aaad);
    t ^= t >>> 15;
    t = Math.imul(t, 0x735a2d97);
    return (t ^ (t >>> 15)) >>> 0;
  };
  const s = new Uint32Array([next32(), next32(), next32(), next32()]);
  const rotate = (x, k) => (x << k) | (x >>> (32 - k));
  return () => {
    const result = Math.imul(rotate(Math.imul(s[1], 5), 7), 9) >>> 0;
    const t = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 11);
    return result / 4294967296;
  };
}

/** Box–Muller; both values of a pair are used. */
export function gaussianSource(uniform) {
  let spare;
  return () => {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    const angle = 2 * Math.PI * uniform();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
}

const latent = 48;
const hidden = 192;
const clusters = 1000;

/**
 * `{ base, queries, baseClusters }`: count × dimension and queryCount × dimension float32, rows of length 1, from one
 * source; the cluster that each row of the base was drawn from.
 */
export function clusteredVectors({ count, queryCount, dimension, seed = 1 }) {
  const uniform = randomSource(seed);
  const gaussian = gaussianSource(uniform);
  const filled = (length, next) => Float32Array.from({ length }, next);
  const centres = filled(clusters * latent, gaussian);
  const deviations = filled(clusters * latent, () => 0.8 * (0.4 + 1.2 * uniform()));
  const first = filled(hidden * latent, () => gaussian() / Math.sqrt(latent));
  const second = filled(dimension * hidden, () => gaussian() / Math.sqrt(hidden));
  const offset = filled(dimension, () => 0.3 * gaussian());
  const cumulative = new Float64Array(clusters);
  let total = 0;
  for (let c = 0; c < clusters; c++) cumulative[c] = total += (c + 1) ** -0.6;

  const point = new Float32Array(latent);
  const bent = new Float32Array(hidden);
  const drawn = [];
  const row = (out, at) => {
    const draw = uniform() * total;
    let c = 0;
    while (cumulative[c] < draw) c++;
    drawn.push(c);
    for (let i = 0; i < latent; i++)
      point[i] = centres[c * latent + i] + deviations[c * latent + i] * gaussian();
    for (let h = 0; h < hidden; h++) {
      let sum = 0;
      for (let i = 0; i < latent; i++) sum += first[h * latent + i] * point[i];
      bent[h] = Math.tanh(sum);
    }
    let norm = 0;
    for (let d = 0; d < dimension; d++) {
      let sum = offset[d] + 0.2 * gaussian();
      for (let h = 0; h < hidden; h++) sum += second[d * hidden + h] * bent[h];
      out[at + d] = sum;
      norm += sum * sum;
    }
    const scale = 1 / Math.sqrt(norm);
    for (let d = 0; d < dimension; d++) out[at + d] *= scale;
  };
  const make = (rows) => {
    const out = new Float32Array(rows * dimension);
    for (let r = 0; r < rows; r++) row(out, r * dimension);
    return out;
  };
  const base = make(count);
  const baseClusters = Uint16Array.from(drawn);
  return { base, queries: make(queryCount), baseClusters };
}
