/**
 * The Python that has the vendors' clients: .venv of scripts/python-clients.sh, or the one that FRANCA_PYTHON names. Tests that
 * need it are skipped with `withoutPython` where there is none; CI has it.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { root } from "../rules/sources.ts";

const installed = join(root, ".venv/bin/python");

export const python: string | undefined =
  process.env.FRANCA_PYTHON ?? (existsSync(installed) ? installed : undefined);

export const withoutPython = "no Python with the vendors' clients: run scripts/python-clients.sh";

if (python === undefined && process.env.CI !== undefined) throw new Error(withoutPython);
