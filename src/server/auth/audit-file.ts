/**
 * The audit log as a file: lines are appended in their order, several with one write. At `rotateBytes` it is renamed to
 * PATH.1, that to PATH.2 and so on, and the oldest is deleted. A file that somebody else has renamed or removed, as logrotate
 * does, is begun anew. Lines are handed to the operating system, not synced to the disk.
 */
import { type FileHandle, open, rename, rm, stat } from "node:fs/promises";
import type { Writable } from "node:stream";
import { FrancaError } from "../../errors.ts";
import type { AuditSink } from "./audit.ts";

export interface AuditFileOptions {
  /** Default 64 MiB. */
  rotateBytes?: number;
  /** Files beside the current one. Default 9. */
  keep?: number;
}

/** Of lines that wait for being written. */
const mostWaitingBytes = 8 * 2 ** 20;

interface Waiting {
  line: Buffer;
  resolve: () => void;
  reject: (error: unknown) => void;
}

/** @throws FrancaError invalid_argument when it cannot be written */
export async function openAuditFile(path: string, options: AuditFileOptions = {}): Promise<AuditSink> {
  const file = new AuditFile(path, options);
  await file.begin();
  return file;
}

class AuditFile implements AuditSink {
  readonly #path: string;
  readonly #rotateBytes: number;
  readonly #keep: number;
  #handle: FileHandle | undefined;
  #bytes = 0;
  #inode = -1n;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #writing: Promise<void> | undefined;
  #isClosed = false;

  constructor(path: string, { rotateBytes = 64 * 2 ** 20, keep = 9 }: AuditFileOptions) {
    this.#path = path;
    this.#rotateBytes = rotateBytes;
    this.#keep = keep;
  }

  async begin(): Promise<void> {
    try {
      await this.#reopen();
    } catch (error) {
      throw new FrancaError(
        "invalid_argument",
        `the audit log ${this.#path} cannot be written: ${(error as Error).message}`,
        { cause: error, details: { path: this.#path } },
      );
    }
  }

  write(text: string): Promise<void> {
    const line = Buffer.from(text);
    if (this.#isClosed) return Promise.reject(new Error("it is closed"));
    if (this.#waitingBytes + line.byteLength > mostWaitingBytes) {
      return Promise.reject(new Error(`${this.#waitingBytes} bytes wait for the disk`));
    }
    this.#waitingBytes += line.byteLength;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ line, resolve, reject });
      this.#writing ??= this.#writeAll();
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#writing;
    await this.#handle?.close();
    this.#handle = undefined;
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      const bytes = Buffer.concat(batch.map(({ line }) => line));
      try {
        await this.#prepare(bytes.byteLength);
        // Counted first: what was written before a failure is there.
        this.#bytes += bytes.byteLength;
        await this.#handle!.appendFile(bytes);
        for (const { resolve } of batch) resolve();
      } catch (error) {
        // Part of a line may be there: the next begins on a line of its own.
        await this.#letGo();
        for (const { reject } of batch) reject(error);
      }
      this.#waitingBytes -= bytes.byteLength;
    }
    // At once with the look at what waits: a line that comes after it begins anew.
    this.#writing = undefined;
  }

  /** The file is there, is ours, and has room. */
  async #prepare(moreBytes: number): Promise<void> {
    const there = await stat(this.#path, { bigint: true }).catch(() => undefined);
    if (this.#handle === undefined || there?.ino !== this.#inode) await this.#reopen();
    if (this.#bytes === 0 || this.#bytes + moreBytes <= this.#rotateBytes) return;
    for (let number = this.#keep; number >= 1; number--) {
      const older = number === 1 ? this.#path : `${this.#path}.${number - 1}`;
      await rename(older, `${this.#path}.${number}`).catch(ignoreMissing);
    }
    if (this.#keep === 0) await rm(this.#path, { force: true });
    await this.#reopen();
  }

  async #reopen(): Promise<void> {
    await this.#letGo();
    const handle = await open(this.#path, "a+", 0o600);
    try {
      const { size, ino } = await handle.stat({ bigint: true });
      this.#bytes = Number(size);
      this.#inode = ino;
      if (size > 0n && !(await endsInLine(handle, Number(size)))) {
        await handle.appendFile("\n");
        this.#bytes += 1;
      }
      this.#handle = handle;
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  async #letGo(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }
}

async function endsInLine(handle: FileHandle, size: number): Promise<boolean> {
  const { buffer } = await handle.read({ buffer: Buffer.alloc(1), position: size - 1 });
  return buffer[0] === 0x0a;
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== "ENOENT") throw error;
}

/** The audit log to a stream: standard output, a socket, another program. The stream stays open. */
export function auditStream(stream: Writable): AuditSink {
  return {
    write(line) {
      if (stream.writableLength > mostWaitingBytes) {
        return Promise.reject(new Error(`${stream.writableLength} bytes wait for the stream`));
      }
      return new Promise((resolve, reject) => {
        stream.write(line, (error) => (error ? reject(error) : resolve()));
      });
    },
    close: () => new Promise((resolve) => stream.write("", () => resolve())),
  };
}
