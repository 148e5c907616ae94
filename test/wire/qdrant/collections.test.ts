/** Collections, aliases and payload indexes with the official client. */
import { describe, expect, it } from "vitest";
import { refused, served } from "./served.ts";

describe("a collection", () => {
  it("reports what it was made with, and Qdrant's defaults for the rest", async () => {
    const { client } = await served();
    await client.createCollection("c", {
      vectors: {
        image: { size: 4, distance: "Dot", hnsw_config: { m: 24 }, on_disk: true },
        text: {
          size: 8,
          distance: "Cosine",
          quantization_config: { scalar: { type: "int8", quantile: 0.99 } },
        },
      },
      hnsw_config: { ef_construct: 123 },
      optimizers_config: { indexing_threshold: 20_000, max_optimization_threads: "auto" },
      wal_config: { wal_capacity_mb: 64 },
      quantization_config: { binary: { always_ram: true } },
      strict_mode_config: { enabled: true, max_query_limit: 100 },
      on_disk_payload: false,
    });
    // The client does not hand it on when it makes a collection.
    await client.updateCollection("c", { metadata: { owner: "us" } });
    expect(await client.getCollection("c")).toMatchObject({
      status: "green",
      optimizer_status: "ok",
      points_count: 0,
      indexed_vectors_count: 0,
      payload_schema: {},
      config: {
        params: {
          vectors: {
            image: { size: 4, distance: "Dot", hnsw_config: { m: 24 }, on_disk: true },
            text: {
              size: 8,
              distance: "Cosine",
              quantization_config: { scalar: { type: "int8", quantile: 0.99 } },
            },
          },
          shard_number: 1,
          replication_factor: 1,
          write_consistency_factor: 1,
          on_disk_payload: false,
        },
        hnsw_config: { m: 16, ef_construct: 123, full_scan_threshold: 10_000, on_disk: false },
        optimizer_config: {
          indexing_threshold: 20_000,
          deleted_threshold: 0.2,
          max_optimization_threads: null,
        },
        wal_config: { wal_capacity_mb: 64, wal_segments_ahead: 0 },
        quantization_config: { binary: { always_ram: true } },
        strict_mode_config: { enabled: true, max_query_limit: 100 },
        metadata: { owner: "us" },
      },
    });
  });

  it("is changed in part: what is given joins or replaces what was there", async () => {
    const { client } = await served();
    await client.createCollection("c", {
      vectors: { size: 4, distance: "Dot", hnsw_config: { m: 24 } },
      quantization_config: { binary: { always_ram: true } },
    });
    await client.updateCollection("c", { metadata: { owner: "us", gone: 1 } });
    await client.updateCollection("c", {
      hnsw_config: { m: 20 },
      optimizers_config: { indexing_threshold: 5 },
      vectors: { "": { hnsw_config: { ef_construct: 77 }, on_disk: true } },
      quantization_config: "Disabled",
      params: { replication_factor: 2 },
      metadata: { more: true, gone: null },
    });
    const { config } = await client.getCollection("c");
    expect(config).toMatchObject({
      params: {
        vectors: { size: 4, distance: "Dot", hnsw_config: { m: 24, ef_construct: 77 }, on_disk: true },
        replication_factor: 2,
      },
      hnsw_config: { m: 20, ef_construct: 100 },
      optimizer_config: { indexing_threshold: 5 },
      quantization_config: null,
      metadata: { owner: "us", more: true },
    });
    expect(config.metadata).not.toHaveProperty("gone");
    expect(await refused(client.updateCollection("c", { vectors: { none: { on_disk: true } } }))).toEqual([
      400,
      "Wrong input: Not existing vector name error: none",
    ]);
  });

  it("is refused with a setting out of its bounds", async () => {
    const { client } = await served();
    const vectors = { size: 4, distance: "Dot" } as const;
    expect(
      await refused(client.createCollection("c", { vectors, hnsw_config: { ef_construct: 3 } })),
    ).toEqual([
      422,
      "Validation error in JSON body: [hnsw_config.ef_construct: value 3 invalid, must be 4 or larger]",
    ]);
    expect(await refused(client.createCollection("a/b", { vectors }))).toEqual([
      422,
      'Validation error in path parameters: [name: collection name cannot contain "/" char]',
    ]);
    expect(
      await refused(client.createCollection("c", { vectors: { size: 4, distance: "Far" } } as never)),
    ).toEqual([
      400,
      "Format error in JSON body: data did not match any variant of untagged enum VectorsConfig in `vectors`",
    ]);
  });

  it("has named vectors, of which points may lack some", async () => {
    const { client } = await served();
    await client.createCollection("c", {
      vectors: { a: { size: 2, distance: "Dot" }, b: { size: 3, distance: "Euclid" } },
    });
    await client.upsert("c", {
      wait: true,
      points: [
        { id: 1, vector: { a: [1, 2] } },
        { id: 2, vector: { b: [1, 2, 3], a: [0, 1] } },
      ],
    });
    expect(await client.retrieve("c", { ids: [1, 2], with_vector: true, with_payload: false })).toEqual([
      { id: 1, vector: { a: [1, 2] } },
      { id: 2, vector: { a: [0, 1], b: [1, 2, 3] } },
    ]);
    expect(await client.retrieve("c", { ids: [2], with_vector: ["b"], with_payload: false })).toEqual([
      { id: 2, vector: { b: [1, 2, 3] } },
    ]);
    const { points } = await client.query("c", { query: [1, 2, 4], using: "b" });
    expect(points).toEqual([{ id: 2, version: 0, score: 1 }]);
    expect(await refused(client.query("c", { query: [1, 2], using: "none" }))).toEqual([
      400,
      "Wrong input: Not existing vector name error: none",
    ]);
    expect(await refused(client.upsert("c", { points: [{ id: 3, vector: [1, 2] }] }))).toEqual([
      400,
      "Wrong input: Not existing vector name error: ",
    ]);
  });
});

describe("aliases", () => {
  it("are made, renamed and deleted in one request, or not at all", async () => {
    const { client } = await served();
    const vectors = { size: 1, distance: "Dot" } as const;
    await client.createCollection("one", { vectors });
    await client.createCollection("two", { vectors });
    await client.updateCollectionAliases({
      actions: [
        { create_alias: { collection_name: "one", alias_name: "current" } },
        { create_alias: { collection_name: "two", alias_name: "next" } },
      ],
    });
    await client.updateCollectionAliases({
      actions: [
        { delete_alias: { alias_name: "current" } },
        { rename_alias: { old_alias_name: "next", new_alias_name: "current" } },
      ],
    });
    expect(await client.getAliases()).toEqual({
      aliases: [{ alias_name: "current", collection_name: "two" }],
    });
    expect(await client.getCollectionAliases("two")).toMatchObject({ aliases: [{ alias_name: "current" }] });
    expect(await client.collectionExists("current")).toEqual({ exists: true });
    await client.upsert("current", { points: [{ id: 1, vector: [1] }], wait: true });
    expect(await client.count("two")).toEqual({ count: 1 });
    const nonsense = client.updateCollectionAliases({
      actions: [
        { delete_alias: { alias_name: "current" } },
        { create_alias: { collection_name: "none", alias_name: "x" } },
      ],
    });
    expect(await refused(nonsense)).toEqual([404, "Not found: Collection `none` doesn't exist!"]);
    expect((await client.getAliases()).aliases).toHaveLength(1);
    expect(await client.deleteCollection("current")).toBe(false);
  });
});

describe("payload indexes", () => {
  it("are made with parameters, reported with their points, and dropped", async () => {
    const { client } = await served();
    await client.createCollection("c", { vectors: { size: 1, distance: "Dot" } });
    await client.upsert("c", {
      wait: true,
      points: [
        { id: 1, vector: [1], payload: { lang: "en", n: 1 } },
        { id: 2, vector: [1], payload: { lang: "de" } },
      ],
    });
    await client.createPayloadIndex("c", { field_name: "lang", field_schema: "keyword", wait: true });
    await client.createPayloadIndex("c", {
      field_name: "n",
      field_schema: { type: "integer", lookup: true, range: false },
      wait: true,
    });
    expect((await client.getCollection("c")).payload_schema).toEqual({
      lang: { data_type: "keyword", points: 2 },
      n: { data_type: "integer", params: { type: "integer", lookup: true, range: false }, points: 1 },
    });
    expect(await client.facet("c", { key: "lang" })).toEqual({
      hits: [
        { value: "de", count: 1 },
        { value: "en", count: 1 },
      ],
    });
    await client.deletePayloadIndex("c", "lang", { wait: true });
    expect(Object.keys((await client.getCollection("c")).payload_schema)).toEqual(["n"]);
    expect(await refused(client.facet("c", { key: "lang" }))).toEqual([
      400,
      "Bad request: No appropriate index for faceting: `lang`. Please create one to facet on this field.",
    ]);
  });
});

describe("strict mode", () => {
  it("refuses what goes beyond its limits, and says how to mend it", async () => {
    const { client } = await served();
    await client.createCollection("c", {
      vectors: { size: 1, distance: "Dot" },
      strict_mode_config: {
        enabled: true,
        max_query_limit: 4,
        upsert_max_batchsize: 2,
        unindexed_filtering_retrieve: false,
        search_allow_exact: false,
        filter_max_conditions: 2,
      },
    });
    expect(await refused(client.query("c", { query: [1], limit: 5 }))).toEqual([
      400,
      'Bad request: Limit exceeded 5 > 4 for "limit". Help: Reduce the "limit" parameter to or below 4.',
    ]);
    const points = [1, 2, 3].map((id) => ({ id, vector: [1] }));
    expect(await refused(client.upsert("c", { points }))).toEqual([
      400,
      'Bad request: Limit exceeded 3 > 2 for "upsert limit". Help: Reduce the "upsert limit" parameter to or below 2.',
    ]);
    const filter = { must: [{ key: "k", match: { value: "x" } }] };
    expect(await refused(client.count("c", { filter }))).toEqual([
      400,
      'Bad request: Index required but not found for "k" of one of the following types: [keyword, uuid]. Help: Create an index for this key or use a different filter.',
    ]);
    expect(await refused(client.query("c", { query: [1], limit: 1, params: { exact: true } }))).toEqual([
      400,
      "Bad request: Exact search disabled!. Help: Set exact=false.",
    ]);
    await client.createPayloadIndex("c", { field_name: "k", field_schema: "keyword", wait: true });
    expect(await client.count("c", { filter })).toEqual({ count: 0 });
    await client.updateCollection("c", { strict_mode_config: { enabled: false } });
    await client.upsert("c", { points, wait: true });
    expect(await client.count("c")).toEqual({ count: 3 });
  });
});
