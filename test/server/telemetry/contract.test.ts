/** A store that is watched keeps every promise of a store: counted, and asked for its steps, as a server does both. */
import { open } from "../../../src/index.ts";
import { createMetrics, measuredStore } from "../../../src/server/telemetry/metrics.ts";
import { watchedStore } from "../../../src/server/telemetry/watched-store.ts";
import { storeContract } from "../../contracts/store.ts";

storeContract({
  name: "an engine that is counted and watched",
  async make() {
    const engine = await open(":memory:");
    const metrics = createMetrics({ store: engine });
    const store = watchedStore(measuredStore(engine, metrics), {
      explain: true,
      found() {},
      dropped() {},
      queried() {},
      wrote() {},
    });
    return {
      store,
      async end() {
        metrics.stop();
        await engine.close();
      },
    };
  },
});
