/** The requests of one HTTP/1 connection that have no answer yet: pipelined ones, in their order. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";

export class Unanswered {
  readonly #all: { message: IncomingMessage; response: ServerResponse }[] = [];
  #onAnswer: (() => void) | undefined;

  static readonly #ofSocket = new WeakMap<Duplex, Unanswered>();

  static of(socket: Duplex): Unanswered {
    let unanswered = Unanswered.#ofSocket.get(socket);
    if (unanswered === undefined) {
      const created = new Unanswered();
      Unanswered.#ofSocket.set(socket, created);
      socket.once("close", () => created.#end());
      unanswered = created;
    }
    return unanswered;
  }

  get count(): number {
    return this.#all.length;
  }

  add(message: IncomingMessage, response: ServerResponse): void {
    const one = { message, response };
    this.#all.push(one);
    response.once("close", () => {
      this.#all.splice(this.#all.indexOf(one), 1);
      this.#onAnswer?.();
    });
  }

  /**
   * Calls back when the next bytes on the connection may be an answer to what could not be read: at once, or when the
   * requests before it are answered. "begun" when an answer to it is under way already, as to a body that was refused.
   */
  whenTurn(say: (turn: "free" | "begun") => void): void {
    const last = this.#all.at(-1);
    const isInBody = last !== undefined && !last.message.complete;
    const look = (): void => {
      if (this.count > (isInBody ? 1 : 0)) return;
      this.#onAnswer = undefined;
      say(isInBody && last.response.headersSent ? "begun" : "free");
    };
    this.#onAnswer = look;
    look();
  }

  /**
   * The connection has ended. Node tells it to the response whose turn it is; those that wait behind it would never hear, and
   * whoever waits for them would wait for ever.
   */
  #end(): void {
    for (const { response } of [...this.#all]) {
      response.destroyed = true;
      response.emit("close");
    }
  }
}
