/** The archive that a location names: of this server's own snapshots, or of another server over HTTP. */
import { FrancaError } from "../../../errors.ts";
import { badRequest, notFound, serviceError } from "../errors.ts";
import type { SnapshotPlace } from "./place.ts";

/** @throws FrancaError invalid_argument, not_found, internal */
export async function archiveAt(
  location: string,
  apiKey: string | undefined,
  place: SnapshotPlace,
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  let url: URL;
  try {
    url = new URL(location);
  } catch (cause) {
    throw new FrancaError(
      "invalid_argument",
      `${badRequest("").message}Invalid snapshot location: ${location}`,
      {
        details: badRequest("").details,
        cause,
      },
    );
  }
  if (url.protocol === "file:") {
    const found = place.within(url);
    if (found === undefined)
      throw badRequest(`Snapshot file ${url.pathname} is not inside of the snapshots folder of this server`);
    const archive = await place.read(found.folder, found.name);
    if (archive === undefined) throw notFound(`Snapshot file ${url.pathname} does not exist`);
    return archive;
  }
  if (url.protocol !== "http:" && url.protocol !== "https:")
    throw badRequest(`Invalid snapshot location: ${location}: a file:, http: or https: URL is needed`);
  return fetched(url, apiKey, signal);
}

async function fetched(
  url: URL,
  apiKey: string | undefined,
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  let response: Response;
  try {
    response = await fetch(url, { signal, ...(apiKey !== undefined && { headers: { "api-key": apiKey } }) });
  } catch (error) {
    signal.throwIfAborted();
    throw serviceError(`Failed to download snapshot from ${url}: ${(error as Error).message}`);
  }
  if (!response.ok || response.body === null)
    throw badRequest(`Failed to download snapshot from ${url}: status ${response.status}`);
  return response.body as unknown as AsyncIterable<Uint8Array>;
}
