/** What a handler is given. Classes, since an object literal with a getter costs more than the rest of a small request. */
import type { DialectRequest, GrpcRequest, RequestBody } from "../dialect.ts";
import type { Store } from "../store.ts";
import type { Exchange } from "./exchange.ts";
import type { Host } from "./host.ts";

export class CallRequest implements GrpcRequest {
  readonly header: GrpcRequest["header"];
  readonly #store: Store | undefined;
  readonly #exchange: Exchange;
  readonly #host: Host;

  constructor(host: Host, exchange: Exchange, store: Store | undefined, header: GrpcRequest["header"]) {
    this.header = header;
    this.#store = store;
    this.#exchange = exchange;
    this.#host = host;
  }

  /** What is "health" may be asked while there is none. @throws FrancaError unavailable */
  get store(): Store {
    return this.#store ?? this.#host.store;
  }

  get remoteAddress(): string | undefined {
    return this.#exchange.remoteAddress;
  }

  get signal(): AbortSignal {
    return this.#exchange.signal;
  }

  limitTime(ms: number): void {
    this.#exchange.limitTime(ms);
  }

  json(bytes: Uint8Array): Promise<unknown> | unknown {
    return this.#host.readJson(bytes, { vectors: [] });
  }
}

export class RestRequest extends CallRequest implements DialectRequest {
  readonly params: DialectRequest["params"];
  readonly query: URLSearchParams;
  readonly body: RequestBody;

  constructor(
    call: ConstructorParameters<typeof CallRequest>,
    params: DialectRequest["params"],
    query: URLSearchParams,
    body: RequestBody,
  ) {
    super(...call);
    this.params = params;
    this.query = query;
    this.body = body;
  }
}
