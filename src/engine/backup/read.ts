/**
 * Reads a snapshot whole, folder or archive, and compares every file with its checksum.
 */

import { FrancaError } from "../../errors.ts";
import type { Directory } from "../file.ts";
import type { Kernel } from "../kernel.ts";
import { type FileName, type ListedFile, readList, type SnapshotList } from "./files.ts";
import { placeOf } from "./target.ts";

/** What is done with the files as they come. */
export interface Reading {
  begin(files: readonly FileName[]): Promise<void>;
  file(file: FileName, pieces: AsyncIterable<Uint8Array>): Promise<void>;
}

const pieceBytes = 4 * 2 ** 20;

/** @throws FrancaError data_loss, failed_precondition */
export async function readFolder(
  root: Directory,
  crc32c: Kernel["crc32c"],
  reading: Reading,
): Promise<SnapshotList> {
  const list = await readList(root, crc32c);
  const folders = new Map<string, Directory>();
  const present = new Set(await root.list());
  await reading.begin(list.files);
  for (const file of list.files) {
    // Looking for a folder must not make it.
    if (!present.has(file.name.split("/")[0]!)) throw damaged(root.location, file.name, "it is missing");
    await reading.file(file, piecesOf(root, folders, file));
  }
  return list;
}

async function* piecesOf(
  root: Directory,
  folders: Map<string, Directory>,
  { name, size }: FileName,
): AsyncGenerator<Uint8Array> {
  const place = await placeOf(root, folders, name);
  if (!(await place.directory.list()).includes(place.name))
    throw damaged(root.location, name, "it is missing");
  const file = await place.directory.open(place.name);
  try {
    const there = await file.size();
    if (there !== size) throw damaged(root.location, name, `it has ${there} bytes, not ${size}`);
    for (let at = 0; at < size; at += pieceBytes) yield await file.read(at, Math.min(pieceBytes, size - at));
  } finally {
    await file.close();
  }
}

/** Passes files on and remembers their checksums, to be compared with a list that may come last. */
export function checking(
  inner: Reading,
  crc32c: Kernel["crc32c"],
): { reading: Reading; expect(list: SnapshotList, location: string): void } {
  const found = new Map<string, ListedFile>();
  const reading: Reading = {
    begin: (files) => inner.begin(files),
    async file(file, pieces) {
      let crc = 0;
      let size = 0;
      const counted = async function* (): AsyncGenerator<Uint8Array> {
        for await (const piece of pieces) {
          crc = crc32c(piece, crc);
          size += piece.length;
          yield piece;
        }
      };
      await inner.file(file, counted());
      found.set(file.name, { name: file.name, size, crc32c: crc });
    },
  };
  return {
    reading,
    expect({ files }, location) {
      for (const { name, size, crc32c: expected } of files) {
        const file = found.get(name);
        if (file === undefined) throw damaged(location, name, "it is missing");
        if (file.size !== size) throw damaged(location, name, `it has ${file.size} bytes, not ${size}`);
        if (file.crc32c !== expected) throw damaged(location, name, "its checksum differs");
        found.delete(name);
      }
      for (const name of found.keys()) throw damaged(location, name, "the list does not name it");
    },
  };
}

function damaged(location: string, name: string, how: string): FrancaError {
  return new FrancaError("data_loss", `${location} is damaged in ${name}: ${how}; use another snapshot`, {
    details: { file: `${location}/${name}` },
  });
}
