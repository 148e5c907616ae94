/** A store that asks a key and tells an audit log keeps every promise of a store, within what the key allows. */
import { open } from "../../../src/index.ts";
import { Audit } from "../../../src/server/auth/audit.ts";
import { auditedStore } from "../../../src/server/auth/audited-store.ts";
import { Grant } from "../../../src/server/auth/grant.ts";
import { guardedStore } from "../../../src/server/auth/guarded-store.ts";
import { storeContract } from "../../contracts/store.ts";
import { makeKey } from "./keys.ts";

const closing = "close finishes writes under way, and all later calls are refused; closing again is nothing";

for (const collections of [undefined, ["contract-*", "nobody"]]) {
  storeContract({
    name: `an engine that is guarded and audited, by an admin of ${collections?.join(" and ") ?? "all collections"}`,
    ...(collections && {
      skips: { [closing]: "whose key is limited to some collections may not close the others" },
    }),
    async make() {
      const engine = await open(":memory:");
      // Not in scope, and in nobody's way.
      if (collections !== undefined) await engine.create("hidden", { vectors: { body: { dimension: 2 } } });
      const { key } = makeKey("k", "admin", collections && { collections });
      const sink = { write: async () => {}, close: async () => {} };
      const audit = new Audit({ sink, onWarning() {} });
      const guarded = guardedStore(() => engine, new Grant(key));
      const store = auditedStore(guarded, audit, { caller: "k", remoteAddress: undefined });
      return { store, end: () => engine.close() };
    },
  });
}
