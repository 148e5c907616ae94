/**
 * Seeds of random tests: one and the same every day, so that a red run means a change and not a draw;
 * FRANCA_SLOW draws a new one, FRANCA_SEED repeats one. fast-check prints the seed of what fails.
 */
import fc from "fast-check";

const given = process.env.FRANCA_SEED;
export const seed: number =
  given !== undefined ? Number(given) : process.env.FRANCA_SLOW ? Date.now() % 2 ** 31 : 20261124;
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed });
