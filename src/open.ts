/** `open`: one call from a place to a Store, whether it is a folder, memory, or a server. */
import type { EngineStore } from "./engine/engine.ts";
import { type OpenOptions, open as openEngine } from "./engine/open.ts";
import type { Store } from "./store.ts";
import { openRemote, type RemoteOptions } from "./stores/remote.ts";

/**
 * Connects to a Franca server.
 * @throws FrancaError as openRemote
 */
export function open(
  address: `http://${string}` | `https://${string}`,
  options?: RemoteOptions,
): Promise<Store>;
/**
 * Opens a database, or makes one: a folder's path, or ":memory:".
 * @throws FrancaError failed_precondition when another process has it open, a newer Franca wrote it, or it is no
 * folder; permission_denied, resource_exhausted, unavailable as the system says; data_loss
 */
export function open(location: string, options?: OpenOptions): Promise<EngineStore>;
export async function open(location: string, options: OpenOptions | RemoteOptions = {}): Promise<Store> {
  if (typeof location === "string" && /^https?:/i.test(location))
    return openRemote(location, options as RemoteOptions);
  return openEngine(location, options as OpenOptions);
}
