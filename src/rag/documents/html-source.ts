/**
 * The way back from the text of an HTML text node to the characters of the file, through character references
 * (`&amp;` is five characters of the file and one of the text), line ends, and tags the parser dropped.
 */
import { parseFragment } from "parse5";

const reference = /&(?:#[xX]?[0-9a-fA-F]+|[a-zA-Z][a-zA-Z0-9]*);?/y;
const decoded = new Map<string, string>();

/**
 * Where each character of `value` begins in `raw`; the last entry is where the last one ends.
 * Equal lengths without references are the usual case, and cost one comparison.
 */
export function alignText(raw: string, value: string): Int32Array | undefined {
  if (raw === value) return undefined;
  const starts = new Int32Array(value.length + 1);
  let at = 0;
  for (let i = 0; i < value.length; ) {
    if (raw[at] === "&") {
      const text = referenceText(raw, at);
      if (text !== undefined && value.startsWith(text.value, i)) {
        for (let j = 0; j < text.value.length; j++) starts[i++] = at;
        at += text.length;
        starts[i] = at;
        continue;
      }
    }
    const same = raw[at] === value[i] || (raw[at] === "\r" && value[i] === "\n");
    if (same) {
      starts[i++] = at;
      at += raw[at] === "\r" && raw[at + 1] === "\n" ? 2 : 1;
    } else if (raw[at] === "<") {
      const close = raw.indexOf(">", at);
      at = close < 0 ? raw.length : close + 1;
    } else if (at < raw.length) at++;
    else starts[i++] = raw.length;
    starts[i] = at;
  }
  return starts;
}

const longestReference = 40;

/**
 * Where a text node begins. parse5 tells the end of a reference that follows dropped whitespace, in place of its
 * beginning.
 */
export function textStart(html: string, told: number, value: string): number {
  if (html[told] === value[0] || html[told] === "&") return told;
  const at = html.lastIndexOf("&", told);
  if (at < 0 || told - at > longestReference) return told;
  const text = referenceText(html, at);
  return text !== undefined && at + text.length > told && value.startsWith(text.value) ? at : told;
}

function referenceText(raw: string, at: number): { value: string; length: number } | undefined {
  reference.lastIndex = at;
  const source = reference.exec(raw)?.[0];
  if (source === undefined) return undefined;
  let value = decoded.get(source);
  if (value === undefined) {
    const node = parseFragment(source).childNodes[0];
    value = node !== undefined && "value" in node ? node.value : source;
    if (decoded.size < 4096) decoded.set(source, value);
  }
  if (value === source) return undefined;
  // "&notit;" is "¬" and then "it;" as it stands.
  let rest = 0;
  while (rest < value.length - 1 && value.at(-1 - rest) === source.at(-1 - rest)) rest++;
  return { value: value.slice(0, value.length - rest), length: source.length - rest };
}
