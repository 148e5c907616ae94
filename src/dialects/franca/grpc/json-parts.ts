/**
 * The parts of a message that are JSON objects. Most are small and hold no long number, which JavaScript's own parser reads four
 * times as fast as the exact one; only where it would lose digits the exact one reads them, which may take its time.
 */
import type { GrpcRequest } from "../../../dialect.ts";
import { FrancaError } from "../../../errors.ts";

/** As the Store takes it; it checks it. */
export type Loose = { [key: string]: unknown };

const utf8 = new TextDecoder("utf-8", { fatal: true });
/** 2^53 has 16 digits. */
const longNumber = /\d{16}/;

export class JsonParts {
  readonly #readExactly: GrpcRequest["json"];
  readonly #pending: Promise<void>[] = [];

  constructor(request: Pick<GrpcRequest, "json">) {
    this.#readExactly = (bytes) => request.json(bytes);
  }

  /** Hands the object to `use`, now or before `settled` resolves. `what` names the part in errors. */
  read(bytes: Uint8Array, what: string, use: (value: Loose) => void): void {
    const value = bytes.byteLength === 0 ? {} : this.#valueOf(bytes, what);
    if (!(value instanceof Promise)) {
      use(objectIn(value, what));
      return;
    }
    const used = value.then(
      (read) => use(objectIn(read, what)),
      (cause) => {
        throw malformed(what, cause);
      },
    );
    // Whoever waits is told; the message may be given up before.
    used.catch(() => {});
    this.#pending.push(used);
  }

  /** @throws FrancaError invalid_argument */
  async settled(): Promise<void> {
    if (this.#pending.length > 0) await Promise.all(this.#pending);
  }

  #valueOf(bytes: Uint8Array, what: string): unknown {
    try {
      const text = utf8.decode(bytes);
      return longNumber.test(text) ? this.#readExactly(bytes) : JSON.parse(text);
    } catch (cause) {
      throw malformed(what, cause);
    }
  }
}

function malformed(what: string, cause: unknown): FrancaError {
  return new FrancaError("invalid_argument", `${what}: expected JSON in UTF-8`, { cause });
}

function objectIn(value: unknown, what: string): Loose {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Loose;
  throw new FrancaError("invalid_argument", `${what}: expected a JSON object`);
}
