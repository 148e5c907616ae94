/** One program, written once, on the engine, on a Franca server, and on a Qdrant: the same answers. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { open } from "../../../src/open.ts";
import { qdrant } from "../../../src/stores/qdrant.ts";
import { startServer, type TestServer } from "../../../src/testing/testing.ts";
import { python, withoutPython } from "../../wire/python.ts";
import { localServer } from "./local-server.ts";
import { program } from "./program.ts";

describe("one program", () => {
  let server: TestServer;
  const answers: { [store: string]: unknown[] } = {};
  beforeAll(async () => {
    const engine = await open(":memory:");
    answers.engine = await program(engine);
    await engine.close();
    server = await startServer();
    const remote = await open(server.url);
    answers.remote = await program(remote);
    await remote.drop("books");
    await remote.close();
    const store = qdrant({ url: server.urls.qdrant! });
    answers.qdrant = await program(store);
    await store.close();
    if (python === undefined) return;
    const local = await localServer();
    const theirs = qdrant({ url: local.url });
    answers["the local mode of Qdrant's makers"] = await program(theirs);
    await theirs.close();
    await local.stop();
  });
  afterAll(() => server.stop());

  it("answers something on the engine", () => {
    expect((answers.engine![1] as unknown[]).length).toBe(5);
    expect((answers.engine![6] as unknown[][]).flat().length).toBe(58);
  });

  it.each(["remote", "qdrant"])("answers on %s as it does on the engine", (name) => {
    expect(answers[name]).toEqual(answers.engine);
  });

  it.skipIf(python === undefined)(
    `and on the local mode of Qdrant's makers (${withoutPython} otherwise)`,
    () => {
      expect(answers["the local mode of Qdrant's makers"]).toEqual(answers.engine);
    },
  );
});
