/**
 * Frameworks that reach a Qdrant by stores of their own run unmodified against `franca serve --dialect qdrant`: LangChain's and
 * LlamaIndex's, in TypeScript. Their packages lie beside the programs; scripts/typescript-clients.sh installs them.
 */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { workshop } from "../../cli/cli.ts";
import { root } from "../../rules/sources.ts";

const folder = join(root, "test/wire/qdrant/integrations");
const isInstalled = existsSync(join(folder, "node_modules/@langchain/qdrant"));
const withoutPackages = "no packages of LangChain and LlamaIndex: run scripts/typescript-clients.sh";
if (!isInstalled && process.env.CI !== undefined) throw new Error(withoutPackages);

const key = "secret-of-the-test";
const run = promisify(execFile);

describe.skipIf(!isInstalled)("frameworks with a Qdrant store of their own", () => {
  /** What a program prints that finds its Qdrant at $QDRANT_URL. */
  async function answersOf(program: string) {
    const ports = ["--qdrant-port", "0", "--qdrant-grpc-port", "0"];
    const server = workshop().start(
      "serve",
      "--db",
      "data",
      "--dialect",
      "qdrant",
      ...ports,
      "--api-key",
      key,
    );
    try {
      const url = await new Promise<string>((resolve, reject) => {
        let text = "";
        server.child.stderr!.on("data", (piece: string) => {
          text += piece;
          const found = /"qdrant":"(http[^"]+)"/.exec(text);
          if (found !== null) resolve(found[1]!);
        });
        void server.outcome.then(({ stderr }) => reject(new Error(stderr)));
      });
      const { stdout } = await run("node", [join(folder, program)], {
        env: { ...process.env, QDRANT_URL: url, QDRANT_API_KEY: key },
      });
      return JSON.parse(stdout);
    } finally {
      server.child.kill("SIGTERM");
      await server.outcome;
    }
  }

  it("LangChain: documents are added, found with scores and filters, diversified, and deleted", async () => {
    const answers = await answersOf("langchain.mjs");
    expect(answers.near).toContain("tides of the sea");
    expect(answers.scored.map(([text]: [string]) => text)).toEqual(["moon over the sea", "tides of the sea"]);
    expect(answers.scored[0]).toEqual([
      "moon over the sea",
      { page: 3, tags: ["water", "night"] },
      "string",
      expect.closeTo(8 / Math.sqrt(6 * 26), 5),
    ]);
    expect(answers.retrieved).toEqual([{ page: 3, tags: ["water", "night"] }]);
    expect(answers.diverse).toBe(3);
    expect(answers.afterIds).toBe(6);
    expect(answers.afterFilter).toEqual([
      "bread and butter",
      "moon over the sea",
      "tea number 1",
      "tides of the sea",
    ]);
    expect(answers.refused).toMatch(/^400 /);
  });

  it("LlamaIndex: nodes are added, found by every operator of its filters, and deleted by document", async () => {
    const answers = await answersOf("llamaindex.mjs");
    expect(answers.ids).toHaveLength(4);
    expect(answers.near).toEqual([
      ["tides", 1],
      ["bread", expect.any(Number)],
    ]);
    expect(answers).toMatchObject({
      equal: ["moon", "tides"],
      number: ["bread"],
      later: ["moon", "tea"],
      other: ["bread", "tea"],
      among: ["tea"],
      words: ["bread", "tea"],
      without: ["bread", "moon", "tides"],
      either: ["bread", "tea", "tides"],
      documents: ["bread", "tea"],
      left: ["bread", "tea"],
    });
  });
});
