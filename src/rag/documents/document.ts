/**
 * A document: one text to be found and cited, with its structure and the way back to the file it came from.
 */
import type { PointId } from "../../model/id.ts";
import type { Payload } from "../../model/payload.ts";

export interface Document {
  /** A record's own id; the source's path for everything else. */
  id: PointId;
  /** Where it comes from: the file's path as it is recorded in the database. */
  source: string;
  title: string;
  /** What chunks are cut from. The file itself for text and Markdown, what a reader sees for HTML. */
  text: string;
  /** Ascending, disjoint; only whitespace of `text` lies outside them. */
  blocks: readonly Block[];
  metadata: Payload;
  /** One line of a JSON Lines file: found as a whole, by its own id. */
  record: boolean;
  /** From offsets in `text` to the place to cite. */
  locate(start: number, end: number): Location;
}

export interface Block {
  start: number;
  end: number;
  /** Prose is cut in sentences when it is too long; code and tables in lines. */
  kind: "heading" | "prose" | "lines";
  /** The headings it stands under, outermost first; a heading is its own last one. One array per section. */
  headings: readonly string[];
}

export interface Location {
  /**
   * UTF-16 offsets: in the file for text, Markdown and HTML; in the record's text for JSON Lines
   * (`title + "\n" + text`, or `text` alone where the title is empty).
   */
  start: number;
  end: number;
  /** Line of the file, from 1. */
  line: number;
}

/** A file to read, wherever it lies. Its path is its identity. */
export interface SourceFile {
  path: string;
  sizeBytes: number;
  /** Last change, milliseconds since 1970. */
  modifiedMs: number;
  read(): Promise<Uint8Array<ArrayBuffer>>;
}

/** Something in a file that could not be read; the rest goes on. */
export interface Problem {
  source: string;
  /** From 1, where a line is to blame. */
  line?: number;
  message: string;
}

/** A file that is not on a disk. */
export function memoryFile(path: string, content: string, modifiedMs = 0): SourceFile {
  const bytes = new TextEncoder().encode(content);
  return { path, sizeBytes: bytes.length, modifiedMs, read: async () => bytes };
}

/** Line numbers (from 1) of offsets in a text. */
export function lineFinder(text: string): (offset: number) => number {
  let starts: number[] | undefined;
  return (offset) => {
    if (starts === undefined) {
      starts = [0];
      for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
    }
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  };
}

/** The last part of a path, without its extension. */
export function fileTitle(path: string): string {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return name.replace(/(?<=.)\.[^.]*$/, "");
}
