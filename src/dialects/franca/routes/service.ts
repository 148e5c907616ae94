/** What is here. */
import { z } from "zod";
import { type FrancaRoute, look } from "../route.ts";
import { root } from "../wire.ts";

const abilities = z.object({
  name: z.string(),
  text: z.boolean(),
  fusion: z.boolean(),
  explain: z.boolean(),
  aliases: z.boolean(),
});

export const serviceRoutes: readonly FrancaRoute[] = [
  look(
    {
      method: "GET",
      path: root,
      access: "read",
      kind: "read",
      tag: "service",
      summary: "That this is Franca, which version of the wire it speaks, and what its store can do",
      reply: z.object({ name: z.literal("franca"), wire: z.int(), abilities }),
    },
    async ({ store }) => ({ name: "franca", wire: 1, abilities: store.abilities }),
  ),
];
