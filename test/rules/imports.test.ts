/** Who may import whom: the table of docs/ARCHITECTURE.md, as a test. */
import { describe, expect, it } from "vitest";
import { sourceFiles } from "./sources.ts";

const contracts = ["src/store.ts", "src/embedder.ts", "src/reranker.ts", "src/dialect.ts"];
const foundation = ["src/model/", "src/errors.ts"];

/** Room → what it may import besides itself. A trailing slash is a folder. The first room that fits a file is its room. */
const rooms: [room: string, mayImport: string[]][] = [
  ["src/model/", ["src/errors.ts", "src/embedder.ts"]],
  ["src/errors.ts", ["src/model/"]],
  ["src/embedder.ts", foundation],
  ["src/store.ts", foundation],
  ["src/dialect.ts", ["src/store.ts", ...foundation]],
  ["src/protobuf/", ["src/errors.ts"]],
  ["src/queries/", ["src/store.ts", ...foundation]],
  [
    "src/dialects/",
    [
      "src/dialect.ts",
      "src/embedder.ts",
      "src/embedders/bm25.ts",
      "src/protobuf/",
      "src/queries/",
      "src/transfer/",
      "src/store.ts",
      ...foundation,
    ],
  ],
  ["src/server/", ["src/dialect.ts", "src/store.ts", "src/telemetry.ts", ...foundation]],
  [
    "src/stores/",
    [
      "src/store.ts",
      "src/telemetry.ts",
      "src/dialects/franca/frame.ts",
      "src/dialects/franca/wire.ts",
      "src/text/analyzer.ts",
      ...foundation,
    ],
  ],
  ["src/testing/", ["src/"]],
  ["src/engine/kernel/", ["src/engine/kernel.ts", ...foundation]],
  ["src/telemetry.ts", ["src/errors.ts"]],
  ["src/engine/", [...contracts, ...foundation, "src/telemetry.ts", "src/text/"]],
  ["src/text/", foundation],
  ["src/embedders/", ["src/embedder.ts", "src/text/", ...foundation]],
  ["src/hybrid/", [...contracts, ...foundation]],
  ["src/rag/", [...contracts, ...foundation, "src/hybrid/"]],
  ["src/transfer/", ["src/store.ts", ...foundation]],
  ["src/cli/", ["src/"]],
  ["src/index.ts", ["src/"]],
  ["src/open.ts", ["src/engine/", "src/stores/", ...contracts, ...foundation]],
];

/** Package → the only files or folders that may import it. */
const packages: { [name: string]: string[] } = {
  citty: ["src/cli/"],
  hono: ["src/server/router.ts"],
  zod: ["src/dialects/"],
  "prom-client": ["src/server/telemetry/"],
  pino: ["src/server/telemetry/"],
  "@opentelemetry/api": ["src/telemetry.ts", "src/server/telemetry/"],
  "@opentelemetry/sdk-trace-base": ["src/server/telemetry/tracing.ts"],
  "@opentelemetry/sdk-trace-node": ["src/server/telemetry/tracing.ts"],
  "@opentelemetry/resources": ["src/server/telemetry/tracing.ts"],
  "@opentelemetry/exporter-trace-otlp-http": ["src/server/telemetry/tracing.ts"],
  "cli-progress": ["src/cli/"],
  yaml: ["src/cli/"],
  "snowball-stemmers": ["src/text/"],
  stopword: ["src/text/stop-words.ts"],
  parse5: ["src/rag/documents/"],
  "modern-tar": ["src/engine/backup/", "src/dialects/qdrant/snapshots/"],
  hyparquet: ["src/transfer/parquet/"],
  "hyparquet-writer": ["src/transfer/parquet/"],
  "@qdrant/js-client-rest": ["src/stores/qdrant/client.ts"],
  "@huggingface/transformers": ["src/embedders/transformers.ts", "src/embedders/transformers/"],
};

/** The files that may use `node:` modules; everything else runs in a browser. */
const nodeFiles = [
  /^src\/(cli|server|testing)\//,
  /\/node\.ts$/,
  /-node\.ts$/,
  /^src\/engine\/kernel\/native\.ts$/,
];

const files = sourceFiles("src");
const within = (path: string, places: readonly string[]) =>
  places.some((place) => (place.endsWith("/") ? path.startsWith(place) : path === place));

describe("imports", () => {
  it("every source file belongs to a room", () => {
    expect(files.length).toBeGreaterThan(20);
    expect(
      files.filter((file) => !rooms.some(([room]) => within(file.path, [room]))).map((f) => f.path),
    ).toEqual([]);
  });

  it("a room imports only what the table allows", () => {
    const offences = files.flatMap((file) => {
      const [room, allowed] = rooms.find(([name]) => within(file.path, [name]))!;
      return file.imports
        .filter((i) => i.target !== undefined && !within(i.target, [room, ...allowed]))
        .map((i) => `${file.path} → ${i.target}`);
    });
    expect(offences).toEqual([]);
  });

  it("an embedder's driver imports no other driver", () => {
    const drivers = ["static", "transformers"];
    const offences = files
      .filter((file) => file.path.startsWith("src/embedders/"))
      .flatMap((file) => {
        const own = drivers.find((d) => file.path.startsWith(`src/embedders/${d}`));
        return file.imports
          .filter((i) => drivers.some((d) => d !== own && i.target?.startsWith(`src/embedders/${d}`)))
          .map((i) => `${file.path} → ${i.target}`);
      });
    expect(offences).toEqual([]);
  });

  it("a store's driver imports no other driver", () => {
    const drivers = ["remote", "qdrant"];
    const offences = files
      .filter((file) => file.path.startsWith("src/stores/"))
      .flatMap((file) => {
        const own = drivers.find((d) => file.path.startsWith(`src/stores/${d}`));
        return file.imports
          .filter((i) => drivers.some((d) => d !== own && i.target?.startsWith(`src/stores/${d}`)))
          .map((i) => `${file.path} → ${i.target}`);
      });
    expect(offences).toEqual([]);
  });

  it("each npm package is imported only where it is at home", () => {
    const offences = files.flatMap((file) =>
      file.imports
        .filter((i) => i.target === undefined && !i.specifier.startsWith("node:"))
        .filter((i) => {
          const name = i.specifier
            .split("/")
            .slice(0, i.specifier.startsWith("@") ? 2 : 1)
            .join("/");
          return !within(file.path, packages[name] ?? []);
        })
        .map((i) => `${file.path} → ${i.specifier}`),
    );
    expect(offences).toEqual([]);
  });

  it("node: modules are imported only in the files named for it", () => {
    const offences = files
      .filter((file) => !nodeFiles.some((pattern) => pattern.test(file.path)))
      .flatMap((file) =>
        file.imports
          .filter((i) => i.specifier.startsWith("node:"))
          .map((i) => `${file.path} → ${i.specifier}`),
      );
    expect(offences).toEqual([]);
  });

  it("no file is named for a mixture of things", () => {
    expect(
      files.map((f) => f.path).filter((path) => /(^|\/)(utils?|helpers?|types|misc|common)\.ts$/.test(path)),
    ).toEqual([]);
  });

  it("no source file has 500 lines or more", () => {
    expect(files.filter((f) => f.text.split("\n").length >= 500).map((f) => f.path)).toEqual([]);
  });
});
