/** Who may come in: the seam for keys, roles, rates and audits. A server without one lets everybody do everything. */
import type { Access, Dialect, Route } from "../dialect.ts";
import type { Store } from "../store.ts";

export interface Guard {
  /** It asks for no keys, and is there for other reasons. */
  readonly letsAnybodyIn?: boolean;
  /**
   * Asked once for each request, REST or gRPC, by its headers alone: nothing of a body has been read yet. Routes that are
   * "open" are let through without asking.
   * @throws FrancaError unauthenticated, permission_denied; resource_exhausted with `details.retryAfterMs`
   */
  admit(request: GuardedRequest): Caller | Promise<Caller>;
}

export interface GuardedRequest {
  /** Its `credentials` finds the key. */
  readonly dialect: Dialect;
  readonly access: Access;
  readonly kind: Route["kind"];
  header(name: string): string | undefined;
  readonly remoteAddress: string | undefined;
}

export interface Caller {
  /** Of the key; for logs and metrics, never the key itself. */
  readonly name: string;
  /** What of the store this caller may see and do. */
  readonly store: Store;
}
