/** A server with Qdrant's wire, and the vendor's own client to it. */
import { QdrantClient } from "@qdrant/js-client-rest";
import { onTestFinished } from "vitest";
import { qdrantDialect } from "../../../src/dialects/qdrant/dialect.ts";
import { startServer, type TestServer, type TestServerOptions } from "../../../src/testing/testing.ts";

export interface Served {
  readonly client: QdrantClient;
  readonly server: TestServer;
}

/** Ends with the test. */
export async function served(options: TestServerOptions = {}): Promise<Served> {
  const server = await startServer({ dialects: [qdrantDialect], ...options });
  onTestFinished(() => server.stop());
  // Its version is asked for in the background otherwise, and warned of when the server is gone.
  return { server, client: new QdrantClient({ url: server.url, checkCompatibility: false }) };
}

/** Status and words of what a call was refused with. */
export async function refused(call: Promise<unknown>): Promise<[number, string]> {
  const error = (await call.then(
    (value) => {
      throw new Error(`it answered ${JSON.stringify(value)}`);
    },
    (thrown: unknown) => thrown,
  )) as { status: number; data: { status: { error: string } } };
  return [error.status, error.data.status.error];
}
