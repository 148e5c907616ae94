/** The published surface of the package around this folder, found as its users find it: by its `exports`. */
import { readFileSync } from "node:fs";

const { exports } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));

/** `franca("./kernel")` is what `import("franca/kernel")` is to a user. Run `npm ci` in the project's root first. */
export const franca = (entry) => import(new URL(`../../${exports[entry].default}`, import.meta.url));
