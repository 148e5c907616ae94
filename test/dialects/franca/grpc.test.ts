/** franca.v1.Points, asked by gRPC's own client with messages that another implementation of protobuf makes of franca.proto. */
import { type Client, credentials, loadPackageDefinition, type ServiceError, status } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Hosted, startHosted } from "../../server/hosted.ts";

const definition = loadSync(new URL("../../../src/dialects/franca/franca.proto", import.meta.url).pathname, {
  longs: String,
  arrays: true,
  oneofs: true,
});

interface Reply {
  [name: string]: unknown;
}
type Call = (request: object, done: (error: ServiceError | null, reply: Reply) => void) => void;
type Points = Client & { [method: string]: Call };

describe("Franca over gRPC", () => {
  let hosted: Hosted;
  let client: Points;
  beforeAll(async () => {
    hosted = await startHosted();
    const { franca } = loadPackageDefinition(definition) as unknown as {
      franca: { v1: { Points: new (address: string, how: unknown) => Points } };
    };
    client = new franca.v1.Points(hosted.server.grpcAddresses.franca!, credentials.createInsecure());
    await hosted.store.create("two", {
      vectors: { a: { dimension: 3, metric: "euclidean" }, b: { dimension: 2, metric: "dot" } },
    });
    await hosted.store.create("digits", { vectors: { v: { dimension: 2 } } });
    await hosted.store.create("one", { vectors: { v: { dimension: 2, metric: "euclidean" } } });
  });
  afterAll(async () => {
    client.close();
    await hosted.stop();
  });
  const call = (method: string, request: object) =>
    new Promise<Reply>((resolve, reject) =>
      client[method]!.call(client, request, (error, reply) => (error ? reject(error) : resolve(reply))),
    );
  const json = (value: unknown) => Buffer.from(JSON.stringify(value));
  const parsed = (bytes: unknown) => JSON.parse(String(bytes));

  it("long integers inside of JSON keep their digits: what cannot be kept is refused, as over REST", async () => {
    const long = "9007199254740993";
    const rest = async (path: string, body: string) => {
      const url = `${hosted.server.addresses.franca}/franca/v1/collections/digits/points/${path}`;
      const answer = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body,
      });
      return ((await answer.json()) as { error: { message: string } }).error.message;
    };
    const payload = `{"n":${long}}`;
    const filter = `{"field":"n","eq":${long}}`;
    const overGrpc = async (method: string, request: object) =>
      call(method, request).then(
        (reply) => `answered ${JSON.stringify(reply)}`,
        (error: ServiceError) => error.details,
      );
    const point = { id: { unsigned: "1" }, vectors: [{ values: [1, 0] }], payload: Buffer.from(payload) };
    expect(await overGrpc("Upsert", { collection: "digits", points: [point] })).toBe(
      await rest("upsert", `{"points":[{"id":1,"vector":[1,0],"payload":${payload}}]}`),
    );
    const query = { collection: "digits", nearest: [1, 0], rest: Buffer.from(`{"filter":${filter}}`) };
    expect(await overGrpc("Query", query)).toBe(await rest("query", `{"nearest":[1,0],"filter":${filter}}`));
    expect(await overGrpc("Delete", { collection: "digits", filter: Buffer.from(filter) })).toBe(
      await rest("delete", `{"filter":${filter}}`),
    );
    // Ids may be so long: the filter names that very one, not its neighbour.
    const ids = [long, "9007199254740992"].map((id) => ({ unsigned: id }));
    await call("Upsert", {
      collection: "digits",
      points: ids.map((id) => ({ id, vectors: [{ values: [1, 0] }], payload: json({}) })),
    });
    const deleted = await call("Delete", { collection: "digits", filter: Buffer.from(`{"ids":[${long}]}`) });
    expect(deleted).toMatchObject({ count: "1" });
    const left = await call("Get", { collection: "digits", ids });
    expect(left.points).toMatchObject([{}, { id: { unsigned: "9007199254740992" } }]);
    expect((left.points as { id: unknown }[])[0]!.id).toBeUndefined();
  });

  it("points of every kind of id are written, read, found and deleted", async () => {
    const ids = [
      { unsigned: "7" },
      { unsigned: "18446744073709551615" },
      { signed: "-5" },
      { signed: "-9223372036854775808" },
      { text: "é name" },
    ];
    const points = ids.map((id, i) => ({
      id,
      vectors: [{ field: "a", values: [i, 0.5, -1] }, ...(i === 0 ? [] : [{ field: "b", values: [1, i] }])],
      payload: json({ i, text: "ü" }),
    }));
    expect(await call("Upsert", { collection: "two", points })).toMatchObject({ count: "5" });

    const found = await call("Query", {
      collection: "two",
      nearest: [1, 0.5, -1],
      field: "a",
      limit: 2,
      rest: json({ select: { vectors: true } }),
    });
    const [hit] = found.hits as Reply[];
    expect(hit).toMatchObject({ id: { unsigned: "18446744073709551615" }, score: 0 });
    expect(parsed(hit!.payload)).toEqual({ i: 1, text: "ü" });
    expect(hit!.vectors).toEqual([
      { field: "a", values: [1, 0.5, -1] },
      { field: "b", values: [1, 1] },
    ]);
    expect(found.hits).toHaveLength(2);
    expect(parsed(found.rest)).toEqual({ warnings: [] });

    const read = await call("Get", {
      collection: "two",
      ids: [...ids, { text: "none" }],
      select: json({ payload: false }),
    });
    expect((read.points as Reply[]).map(({ id }) => id)).toMatchObject([...ids, undefined]);
    expect((read.points as Reply[])[0]).not.toHaveProperty("payload");

    expect(await call("Delete", { collection: "two", ids: ids.slice(0, 2) })).toMatchObject({ count: "2" });
    const two = await hosted.store.collection("two");
    expect((await two.stats()).points).toBe(3);
    const filter = json({ field: "i", range: { gte: 3 } });
    expect(await call("Delete", { collection: "two", filter })).toMatchObject({ count: "2" });
    expect((await two.stats()).points).toBe(1);
  });

  it("sparse and multi vectors go and come as JSON, every bit of their indices", async () => {
    await hosted.store.create("kinds", {
      vectors: {},
      sparse: { s: {} },
      multi: { m: { dimension: 2, metric: "dot" } },
    });
    const own = {
      sparse: { s: { indices: [5, 4_294_967_295], values: [0.5, 2] } },
      multi: {
        m: [
          [1, 2],
          [3, 4],
        ],
      },
    };
    const points = [{ id: { unsigned: 1 }, more: json(own) }];
    expect(await call("Upsert", { collection: "kinds", points })).toMatchObject({ count: "1" });
    const { hits } = await call("Query", {
      collection: "kinds",
      rest: json({
        nearest: { indices: [4_294_967_295], values: [1] },
        field: "s",
        select: { vectors: true },
      }),
    });
    expect(hits).toMatchObject([{ id: { unsigned: "1" }, score: 2 }]);
    expect(parsed((hits as Reply[])[0]!.more)).toEqual(own);
    const read = await call("Get", {
      collection: "kinds",
      ids: [{ unsigned: 1 }],
      select: json({ vectors: ["m"] }),
    });
    expect(parsed((read.points as Reply[])[0]!.more)).toEqual({ multi: own.multi });
    const strange = call("Upsert", {
      collection: "kinds",
      points: [{ id: { unsigned: 1 }, more: json({ n: 1 }) }],
    });
    await expect(strange).rejects.toMatchObject({ code: status.INVALID_ARGUMENT });
  });

  it("a field's name may be left out where there is one", async () => {
    await call("Upsert", {
      collection: "one",
      points: [{ id: { unsigned: 1 }, vectors: [{ values: [1, 2] }] }],
    });
    const { hits } = await call("Query", { collection: "one", nearest: [1, 2] });
    expect(hits).toMatchObject([{ id: { unsigned: "1" }, score: 0 }]);
  });

  it("mistakes have gRPC's status and say what is wrong", async () => {
    const refused = (method: string, request: object) =>
      call(method, request).then(
        () => "taken",
        ({ code, details }: ServiceError) => [code, details],
      );
    expect(await refused("Query", { collection: "none", nearest: [1] })).toMatchObject([
      status.NOT_FOUND,
      expect.stringContaining("none"),
    ]);
    expect(await refused("Query", { collection: "one", nearest: [1] })).toMatchObject([
      status.INVALID_ARGUMENT,
      expect.any(String),
    ]);
    expect(await refused("Query", { collection: "one", nearest: [1, 2], rest: Buffer.from("[1]") })).toEqual([
      status.INVALID_ARGUMENT,
      "rest: expected a JSON object",
    ]);
    expect(
      await refused("Query", {
        collection: "one",
        nearest: [1, 2],
        rest: json({ limit: 3, nearest: [0, 0] }),
      }),
    ).toMatchObject([status.INVALID_ARGUMENT, expect.stringContaining("nearest")]);
    expect(
      await refused("Upsert", { collection: "one", points: [{ vectors: [{ values: [1, 2] }] }] }),
    ).toMatchObject([status.INVALID_ARGUMENT, expect.any(String)]);
    expect(
      await refused("Upsert", {
        collection: "one",
        points: [{ id: { unsigned: 1 }, vectors: [{ values: [1, Number.NaN] }] }],
      }),
    ).toMatchObject([status.INVALID_ARGUMENT, expect.any(String)]);
    expect(
      await refused("Delete", { collection: "one", ids: [{ unsigned: 1 }], filter: json({}) }),
    ).toMatchObject([status.INVALID_ARGUMENT, expect.stringContaining("either")]);
  });
});
