/** Where snapshots are kept: whole files by name, in a folder for each collection (and shard), and one for the whole storage. */

export interface StoredSnapshot {
  readonly name: string;
  readonly sizeBytes: number;
  /** Milliseconds since 1970. */
  readonly createdMs: number;
  /** SHA-256 of its bytes, in hexadecimal digits. */
  readonly checksum: string;
}

export interface SnapshotPlace {
  /** In the order of names; of a folder that is not there, none. */
  list(folder: string): Promise<StoredSnapshot[]>;
  /** It appears under its name when it is whole, and replaces what had this name. What goes wrong leaves nothing. */
  write(folder: string, name: string, pieces: AsyncIterable<Uint8Array>): Promise<StoredSnapshot>;
  /** Undefined where there is none. */
  read(folder: string, name: string): Promise<AsyncIterable<Uint8Array> | undefined>;
  /** Whether there was one. */
  remove(folder: string, name: string): Promise<boolean>;
  /** The folder and name that a `file:` location tells. Undefined: it does not lie here. */
  within(location: URL): { folder: string; name: string } | undefined;
}

/** For servers without a folder of their own, such as those of tests: gone with the process. */
export function snapshotsInMemory(): SnapshotPlace {
  const folders = new Map<string, Map<string, { stored: StoredSnapshot; bytes: Uint8Array }>>();
  return {
    async list(folder) {
      const found = [...(folders.get(folder)?.values() ?? [])].map(({ stored }) => stored);
      return found.sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    async write(folder, name, pieces) {
      const bytes = await gathered(pieces);
      const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>));
      const checksum = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
      const stored = { name, sizeBytes: bytes.length, createdMs: Date.now(), checksum };
      const files = folders.get(folder) ?? new Map();
      folders.set(folder, files.set(name, { stored, bytes }));
      return stored;
    },
    async read(folder, name) {
      const found = folders.get(folder)?.get(name);
      return found === undefined ? undefined : inPieces(found.bytes);
    },
    remove: async (folder, name) => folders.get(folder)?.delete(name) ?? false,
    within: () => undefined,
  };
}

export async function gathered(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const piece of pieces) parts.push(piece);
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

const pieceBytes = 2 ** 20;

async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}
