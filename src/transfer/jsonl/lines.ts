/**
 * Bytes into lines of text, with bounded memory and strict UTF-8.
 */
import { FrancaError } from "../../errors.ts";
import { badRecord } from "../record.ts";

export interface Line {
  text: string;
  /** From 1. */
  number: number;
  bytes: number;
}

/** A payload has at most 16 MiB and a vector 65,536 numbers; a longer line is no record. */
const longestLineBytes = 256 * 2 ** 20;

/** Empty lines are left out, and counted. @throws FrancaError invalid_argument with the line's number */
export async function* linesOf(source: AsyncIterable<Uint8Array>): AsyncGenerator<Line> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let number = 0;
  let begun: Uint8Array[] = [];
  let begunBytes = 0;
  const take = (rest: Uint8Array): Line | undefined => {
    const bytes = begun.length === 0 ? rest : joined([...begun, rest], begunBytes + rest.length);
    begun = [];
    begunBytes = 0;
    number++;
    let text: string;
    try {
      text = decoder.decode(bytes);
    } catch {
      throw badRecord("line", number, "text in UTF-8");
    }
    // The decoder takes a byte order mark away.
    return text.trim() === "" ? undefined : { text, number, bytes: bytes.length };
  };
  for await (const piece of source) {
    let from = 0;
    for (let end = piece.indexOf(10); end >= 0; end = piece.indexOf(10, from)) {
      const line = take(piece.subarray(from, end));
      from = end + 1;
      if (line !== undefined) yield line;
    }
    if (from === piece.length) continue;
    begunBytes += piece.length - from;
    if (begunBytes > longestLineBytes) {
      throw new FrancaError(
        "invalid_argument",
        `line ${number + 1} has more than ${longestLineBytes} bytes`,
        {
          details: { line: number + 1 },
        },
      );
    }
    // A copy: whoever made the piece may use its memory again. (A Buffer's own slice is none.)
    begun.push(new Uint8Array(piece.subarray(from)));
  }
  if (begunBytes === 0) return;
  const line = take(new Uint8Array(0));
  if (line !== undefined) yield line;
}

function joined(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
