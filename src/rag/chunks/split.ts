/**
 * A block that is larger than a chunk may be, in pieces: sentences of prose, lines of code and tables,
 * words of what is still too long, graphemes at last.
 */
import type { Block } from "../documents/document.ts";
import { graphemeCut, isGraphemeBoundary, trimSpan } from "../graphemes.ts";
import type { Size } from "./chunk.ts";
import { sentences } from "./sentences.ts";

type Piece = [start: number, end: number];

/** Pieces of a block, the first at most `first` large, the others at most `limit`. */
export function splitSpan(text: string, block: Block, first: number, limit: number, size: Size): Piece[] {
  const parts =
    block.kind === "lines" ? lines(text, block.start, block.end) : sentences(text, block.start, block.end);
  const pieces: Piece[] = [];
  for (const part of parts) {
    let [start, end] = part;
    for (;;) {
      const room = pieces.length === 0 ? first : limit;
      if (size(start, end) <= room) break;
      const cut = cutPoint(text, start, end, room, size);
      if (cut >= end) break;
      const head = trimSpan(text, start, cut);
      if (head !== undefined) pieces.push(head);
      const tail = trimSpan(text, cut, end);
      if (tail === undefined) {
        start = end;
        break;
      }
      [start, end] = tail;
    }
    if (start < end) pieces.push([start, end]);
  }
  return pieces;
}

/** The farthest place to cut with at most `room` before it: behind whitespace, else between graphemes. */
function cutPoint(text: string, start: number, end: number, room: number, size: Size): number {
  let reach = Math.min(end, start + Math.max(1, Math.floor(((end - start) * room) / size(start, end))));
  while (reach > start + 1 && size(start, reach) > room) reach = start + Math.floor((reach - start) * 0.8);
  for (let at = reach; at > start + (reach - start) / 2; at--)
    if (/\s/.test(text[at - 1]!) && isGraphemeBoundary(text, at)) return at;
  return graphemeCut(text, start, reach, end);
}

function* lines(text: string, from: number, to: number): Generator<Piece> {
  let start = from;
  while (start < to) {
    const newline = text.indexOf("\n", start);
    const end = newline < 0 || newline >= to ? to : newline;
    const line = trimSpan(text, start, end);
    if (line !== undefined) yield line;
    start = end + 1;
  }
}
