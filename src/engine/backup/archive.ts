/**
 * A snapshot as one tar archive: first `contents`, the names and sizes of what follows in this order; last `snapshot`,
 * the list with checksums. Ordinary tar (POSIX pax), which other tools unpack.
 */
import { createTarDecoder, createTarPacker, type ParsedTarEntry } from "modern-tar";
import { FrancaError } from "../../errors.ts";
import type { Kernel } from "../kernel.ts";
import { decodeList, expectNames, type FileName, listName, refused, type SnapshotList } from "./files.ts";
import type { Reading } from "./read.ts";
import type { SnapshotTarget } from "./target.ts";

const contentsName = "contents";
/** Of `contents` and the list, which are read whole: some 100,000 files. */
const longestListBytes = 64 * 2 ** 20;

/** Where the archive's bytes go. */
export interface ArchiveOutput {
  write(bytes: Uint8Array): Promise<void>;
  finish(): Promise<void>;
  abandon(): Promise<void>;
}

export function archiveTarget(output: ArchiveOutput): SnapshotTarget {
  const { readable, controller } = createTarPacker();
  const written = pump(readable, output).catch((error: unknown) => {
    controller.error(error);
    throw error;
  });
  // Told by the next write, or at the end.
  written.catch(() => {});
  const add = async (
    { name, size }: FileName,
    pieces: AsyncIterable<Uint8Array> | Uint8Array[],
  ): Promise<void> => {
    const writer = controller.add({ name, size, type: "file", mode: 0o644 }).getWriter();
    for await (const piece of pieces) await writer.write(piece);
    await writer.close();
  };
  return {
    async begin(files) {
      const bytes = new TextEncoder().encode(JSON.stringify(files));
      await add({ name: contentsName, size: bytes.length }, [bytes]);
    },
    write: add,
    async finish(list) {
      await add({ name: listName, size: list.length }, [list]);
      controller.finalize();
      await written;
      await output.finish();
    },
    async abandon() {
      controller.error(new Error("abandoned"));
      await written.catch(() => {});
      await output.abandon();
    },
  };
}

async function pump(readable: ReadableStream<Uint8Array>, output: ArchiveOutput): Promise<void> {
  const reader = readable.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) await output.write(next.value);
}

/**
 * Reads an archive to its end. An entry that is not the one that `contents` names next ends it.
 * @throws FrancaError data_loss, failed_precondition
 */
export async function readArchive(
  bytes: ReadableStream<Uint8Array>,
  location: string,
  crc32c: Kernel["crc32c"],
  reading: Reading,
): Promise<SnapshotList> {
  const entries = bytes.pipeThrough(createTarDecoder({ strict: true })).getReader();
  try {
    const next = () => nextEntry(entries, location);
    const contents = await next();
    expectEntry(contents, contentsName, undefined, location);
    const files = parsed(await wholeBody(contents, location), location);
    await reading.begin(files);
    for (const file of files) {
      const entry = await next();
      expectEntry(entry, file.name, file.size, location);
      await reading.file(file, bodyOf(entry.body, location));
    }
    const last = await next();
    expectEntry(last, listName, undefined, location);
    const list = await decodeList(await wholeBody(last, location), location, crc32c);
    if ((await next()) !== undefined) throw refused(location, `entries follow its last one, "${listName}"`);
    return list;
  } finally {
    await entries.cancel().catch(() => {});
  }
}

async function nextEntry(
  entries: ReadableStreamDefaultReader<ParsedTarEntry>,
  location: string,
): Promise<ParsedTarEntry | undefined> {
  try {
    const { done, value } = await entries.read();
    return done ? undefined : value;
  } catch (error) {
    throw unreadable(location, error);
  }
}

async function* bodyOf(body: ReadableStream<Uint8Array>, location: string): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  for (;;) {
    let next: ReadableStreamReadResult<Uint8Array>;
    try {
      next = await reader.read();
    } catch (error) {
      throw unreadable(location, error);
    }
    if (next.done) return;
    yield next.value;
  }
}

/** A file of exactly this name and size: no link, no device, no folder, nothing that leads elsewhere. */
function expectEntry(
  entry: ParsedTarEntry | undefined,
  name: string,
  size: number | undefined,
  location: string,
): asserts entry is ParsedTarEntry {
  if (entry === undefined) {
    throw new FrancaError(
      "data_loss",
      `${location} ends before its entry ${name}: it is not whole; take it again`,
      {
        details: { file: location },
      },
    );
  }
  const { header } = entry;
  if (header.type !== "file" || header.name !== name) {
    const got = `${header.type ?? "file"} ${JSON.stringify(header.name).slice(0, 80)}`;
    throw refused(location, `its next entry should be the file ${name}; it is the ${got}`);
  }
  if (size === undefined ? header.size > longestListBytes : header.size !== size) {
    throw refused(
      location,
      `its entry ${name} has ${header.size} bytes${size === undefined ? "" : `, not ${size}`}`,
    );
  }
}

async function wholeBody({ header, body }: ParsedTarEntry, location: string): Promise<Uint8Array> {
  const bytes = new Uint8Array(header.size);
  let at = 0;
  for await (const piece of bodyOf(body, location)) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

function parsed(bytes: Uint8Array, location: string): FileName[] {
  let files: unknown;
  try {
    files = JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw refused(location, `its entry ${contentsName} is no JSON`, error);
  }
  expectNames(files, location);
  return files;
}

function unreadable(location: string, cause: unknown): FrancaError {
  if (cause instanceof FrancaError) return cause;
  return refused(location, `it is no archive that can be read (${(cause as Error).message})`, cause);
}
