/**
 * Integers beyond 2^53 in JSON text: JSON.parse rounds them, so their digits are read from the text itself.
 */

/**
 * The digits of the number at a key of the outermost object, which is known to be well-formed JSON; undefined when
 * there is no whole number.
 */
export function integerAt(json: string, key: string): bigint | undefined {
  let depth = 0;
  let found: bigint | undefined;
  for (let i = 0; i < json.length; i++) {
    const character = json[i]!;
    if (character === "{" || character === "[") depth++;
    else if (character === "}" || character === "]") depth--;
    else if (character === '"') {
      const end = endOfString(json, i);
      const after = /\s*:\s*(-?\d+)(?=\s*[,}])/y;
      after.lastIndex = end;
      const match = depth === 1 ? after.exec(json) : null;
      // As in JSON.parse, of equal keys the last one counts.
      if (match !== null && JSON.parse(json.slice(i, end)) === key) found = BigInt(match[1]!);
      i = end - 1;
    }
  }
  return found;
}

/** One past the closing quote. */
function endOfString(json: string, start: number): number {
  let i = start + 1;
  while (json[i] !== '"') i += json[i] === "\\" ? 2 : 1;
  return i + 1;
}
