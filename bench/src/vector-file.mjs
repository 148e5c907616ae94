/**
 * Synthetic vectors in a file, so that processes that are measured neither make them nor hold them. Made by pieces, once.
 */
import { closeSync, existsSync, mkdirSync, openSync, readSync, renameSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clusteredVectors } from "./data.mjs";

const rowsAtOnce = 20_000;

/** Float32 rows of length 1; the first of different pieces come from different seeds over the same clusters. */
export function vectorFile(count, dimension) {
  const folder = join(process.env.FRANCA_BENCH_TMP ?? tmpdir(), "franca-bench-vectors");
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${count}x${dimension}.f32`);
  if (existsSync(path)) return path;
  const file = openSync(`${path}.new`, "w");
  const { base } = clusteredVectors({ count: Math.min(count, rowsAtOnce * 2), queryCount: 0, dimension });
  // More of the same without the cost of making each: pairs of a piece's rows, mixed and made unit length again.
  for (let first = 0; first < count; first += rowsAtOnce) {
    const rows = Math.min(rowsAtOnce, count - first);
    writeSync(
      file,
      new Uint8Array(
        first + rows <= base.length / dimension
          ? piece(base, first, rows, dimension)
          : mixed(base, first, rows, dimension),
      ),
    );
  }
  closeSync(file);
  renameSync(`${path}.new`, path);
  return path;
}

function piece(base, first, rows, dimension) {
  return base.slice(first * dimension, (first + rows) * dimension).buffer;
}

function mixed(base, seed, rows, dimension) {
  const there = base.length / dimension;
  const out = new Float32Array(rows * dimension);
  let state = (seed * 2654435761 + 1) >>> 0;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  for (let row = 0; row < rows; row++) {
    const a = Math.floor(random() * there) * dimension;
    const b = Math.floor(random() * there) * dimension;
    const share = 0.15 + 0.2 * random();
    let square = 0;
    for (let d = 0; d < dimension; d++) {
      const x = (1 - share) * base[a + d] + share * base[b + d] + 0.05 * (random() - 0.5);
      out[row * dimension + d] = x;
      square += x * x;
    }
    const scale = 1 / Math.sqrt(square);
    for (let d = 0; d < dimension; d++) out[row * dimension + d] *= scale;
  }
  return out.buffer;
}

/** Pieces of `rows` rows from the front: `{ first, vectors }`. */
export function* readVectors(path, count, dimension, rows = 1000) {
  const file = openSync(path, "r");
  for (let first = 0; first < count; first += rows) {
    const vectors = new Float32Array(Math.min(rows, count - first) * dimension);
    readSync(file, new Uint8Array(vectors.buffer), 0, vectors.byteLength, first * dimension * 4);
    yield { first, vectors };
  }
  closeSync(file);
}
