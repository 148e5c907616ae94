/**
 * Vectors that Qdrant gives back otherwise than they came, kept as they were. What was kept counts only as long as the vector
 * beside it is the one that it was kept for: others may have written another since.
 */
import type { Metric } from "../../model/schema.ts";

/** The components of what is to be kept; undefined where Qdrant gives it back as it is. @param rows each normalised by itself */
export function keptText(rows: readonly Float32Array[], metric: Metric): string | undefined {
  return rows.some((row) => isChanged(row, metric)) ? toBase64(joined(rows)) : undefined;
}

/** What was kept, cut as `stored` is; `stored` itself where that is another vector. */
export function originalRows(
  text: string | undefined,
  stored: readonly Float32Array[],
  metric: Metric,
): readonly Float32Array[] {
  if (text === undefined) return stored;
  const kept = fromBase64(text);
  const length = stored.reduce((sum, row) => sum + row.length, 0);
  if (kept?.length !== length) return stored;
  let at = 0;
  const rows = stored.map((row) => {
    at += row.length;
    return kept.slice(at - row.length, at);
  });
  return rows.every((row, i) => isSame(row, stored[i]!, metric)) ? rows : stored;
}

/** Qdrant leaves a vector alone whose squared length is 1 but for a millionth. */
const unitSlack = 5e-7;
const closeness = 1e-5;

function isChanged(row: Float32Array, metric: Metric): boolean {
  let squares = 0;
  for (const component of row) {
    if (Object.is(component, -0)) return true;
    squares += component * component;
  }
  return metric === "cosine" && squares > 0 && Math.abs(squares - 1) > unitSlack;
}

function isSame(kept: Float32Array, stored: Float32Array, metric: Metric): boolean {
  if (kept.every((component, i) => component === stored[i])) return true;
  const length = Math.hypot(...kept);
  return (
    metric === "cosine" &&
    kept.every((component, i) => Math.abs(component / length - stored[i]!) <= closeness)
  );
}

function joined(rows: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(rows.reduce((sum, row) => sum + row.length, 0));
  let at = 0;
  for (const row of rows) {
    all.set(row, at);
    at += row.length;
  }
  return all;
}

function toBase64(components: Float32Array): string {
  const view = new DataView(new ArrayBuffer(components.length * 4));
  for (const [i, component] of components.entries()) view.setFloat32(i * 4, component, true);
  let text = "";
  for (const byte of new Uint8Array(view.buffer)) text += String.fromCharCode(byte);
  return btoa(text);
}

/** Undefined for what is none. */
function fromBase64(text: string): Float32Array | undefined {
  let bytes: string;
  try {
    bytes = atob(text);
  } catch {
    return undefined;
  }
  if (bytes.length % 4 !== 0) return undefined;
  const view = new DataView(Uint8Array.from(bytes, (byte) => byte.charCodeAt(0)).buffer);
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(i * 4, true));
}
