/** Two stores written to as one are a Store, whatever is behind them. */
import { open } from "../../src/open.ts";
import { dualWrite } from "../../src/transfer/transfer.ts";
import { storeContract } from "../contracts/store.ts";

storeContract({
  name: "two engines at once",
  async make() {
    const store = dualWrite({ primary: await open(":memory:"), secondary: await open(":memory:") });
    await store.catchUp();
    return { store, end: () => store.close() };
  },
});
