/** One process of the memory benchmark: says what `plan` predicts. */
import { franca } from "./franca.mjs";
import { childOptions } from "./measured.mjs";

const { plan } = await franca(".");
const [{ points, dimension, payloadBytes }] = childOptions();
const payloadFields = { group: { type: "integer" }, name: { type: "keyword" } };
console.log(JSON.stringify(await plan({ points, dimension, payloadBytes, payloadFields })));
