/** Values of the model as JSON: vectors as lists of numbers, integers beyond ±(2^53 − 1) with all their digits. */

/** Stands before the digits of a large integer in what JSON.stringify makes; nobody else can know it. */
const mark = `int:${crypto.randomUUID()}:`;
const marked = new RegExp(`"${mark}(-?\\d+)"`, "g");

export function toJson(value: unknown): string {
  let hasLarge = false;
  const plain = replaced(value, () => {
    hasLarge = true;
  });
  const text = JSON.stringify(plain);
  return hasLarge ? text.replace(marked, "$1") : text;
}

/** The same value where there is nothing to replace in it. */
function replaced(value: unknown, large: () => void): unknown {
  if (typeof value === "bigint") {
    if (Number.isSafeInteger(Number(value))) return Number(value);
    large();
    return mark + value;
  }
  if (typeof value !== "object" || value === null || value instanceof Date) return value;
  if (value instanceof Float32Array) return Array.from(value);
  if (Array.isArray(value)) {
    let copy: unknown[] | undefined;
    for (let i = 0; i < value.length; i++) {
      const other = replaced(value[i], large);
      if (other === value[i]) continue;
      copy ??= [...value];
      copy[i] = other;
    }
    return copy ?? value;
  }
  const entries = Object.entries(value);
  let isChanged = false;
  for (const entry of entries) {
    const other = replaced(entry[1], large);
    if (other === entry[1]) continue;
    entry[1] = other;
    isChanged = true;
  }
  return isChanged ? Object.fromEntries(entries) : value;
}
