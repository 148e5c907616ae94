/** Messages that are given as tables (table.ts), read from bytes and written to them. */
import { Decoder } from "./decode.ts";
import { encode } from "./encode.ts";
import { ProtobufReader } from "./reader.ts";
import { type Message, messagesOf, type Shapes, type Tables } from "./table.ts";
import { ProtobufWriter } from "./writer.ts";

const mostKeptBytes = 64 * 1024;

export class Messages {
  readonly #messages: ReadonlyMap<string, Message>;
  #writer = new ProtobufWriter();

  /** @param shapes what some messages are outside of protobuf; without them each is the object of its fields */
  constructor(tables: Tables, shapes: Shapes = {}) {
    this.#messages = messagesOf(tables, shapes);
  }

  /** @throws FrancaError invalid_argument for bytes that are no such message, and what its shapes throw */
  decode(message: string, bytes: Uint8Array): unknown {
    return new Decoder(new ProtobufReader(bytes)).decode(this.#named(message));
  }

  encode(message: string, value: unknown): Uint8Array {
    this.#writer.clear();
    encode(this.#writer, this.#named(message), value);
    const bytes = this.#writer.finish();
    // What is large is handed over, what is small copied, so that the next has room from its beginning.
    if (bytes.byteLength > mostKeptBytes) this.#writer = new ProtobufWriter();
    return bytes.byteLength > mostKeptBytes ? bytes : bytes.slice();
  }

  #named(name: string): Message {
    const message = this.#messages.get(name);
    if (message === undefined) throw new Error(`there is no message ${name}`);
    return message;
  }
}
