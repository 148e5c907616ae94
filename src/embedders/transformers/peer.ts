/** Loads an optional peer package, and says how to install it when it is missing. */

import { FrancaError } from "../../errors.ts";

/**
 * @param packageName what `npm install` takes.
 * @param load imports it; a function, so that bundlers see the literal name.
 * @throws FrancaError failed_precondition when the package is not installed.
 */
export async function importPeer<Module>(packageName: string, load: () => Promise<Module>): Promise<Module> {
  try {
    return await load();
  } catch (cause) {
    if (!isMissing(cause, packageName)) throw cause;
    throw new FrancaError(
      "failed_precondition",
      `This embedder needs the package ${packageName}, which is not installed. Run: npm install ${packageName}`,
      { details: { package: packageName }, cause },
    );
  }
}

/** The package itself is missing, rather than one that it imports. */
function isMissing(cause: unknown, packageName: string): boolean {
  return (
    cause instanceof Error &&
    "code" in cause &&
    cause.code === "ERR_MODULE_NOT_FOUND" &&
    cause.message.includes(`'${packageName}'`)
  );
}
