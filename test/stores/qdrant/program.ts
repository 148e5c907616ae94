/** A program over a store, of any kind. */
import type { Store } from "../../../src/store.ts";

const schema = {
  vectors: { cover: { dimension: 3 }, plot: { dimension: 2, metric: "euclidean" } },
  sparse: { words: { modifier: "idf" } },
  payload: {
    year: { type: "integer" },
    price: { type: "float" },
    "author.name": { type: "keyword" },
    bought: { type: "datetime" },
    shop: { type: "geo" },
    isbn: { type: "uuid" },
  },
} as const;

/** What a user writes; it knows of no store in particular. Its answers. */
export async function program(store: Store): Promise<unknown[]> {
  const books = await store.create("books", schema);
  const { count: written } = await books.upsert(
    Array.from({ length: 60 }, (_, i) => ({
      id: i % 2 === 0 ? i : `book ${i}`,
      vectors: { cover: [Math.sin(i), Math.cos(i), 0.5], plot: [i / 7, -i - (i * i) / 300] },
      sparse: { words: { indices: [i % 5, 10 + (i % 7)], values: [1 + i / 100, 0.5 + i / 300] } },
      payload: {
        year: 1950 + (i % 40),
        price: i / 4,
        author: i % 3 === 0 ? [{ name: "Ada" }, { name: "Bo" }] : { name: ["Cy", "Ada"][i % 2]! },
        bought: new Date(Date.UTC(2020, 0, 1 + i)),
        shop: { lat: 48 + i / 100, lon: 16 },
        isbn: `123e4567-e89b-12d3-a456-4266141740${String(i).padStart(2, "0")}`,
      } as never,
    })),
  );
  const recent = {
    and: [
      { field: "year", range: { gte: 1960, lt: 1985 } },
      {
        or: [
          { field: "author.name", in: ["Ada"] },
          { field: "price", eq: 2.75 },
        ],
      },
      { not: { field: "bought", range: { gt: new Date("2020-02-20T00:00:00Z") } } },
    ],
  } as never;
  const nearest = await books.query({ nearest: [1, 0, 0], field: "cover", filter: recent, limit: 5 });
  const fused = await books.query({
    fusion: {
      legs: [
        { nearest: { id: "book 7" }, field: "plot", limit: 200 },
        { nearest: { indices: [3, 12], values: [1, 1] }, field: "words", name: "words", limit: 200 },
      ],
    },
    limit: 4,
    select: { payload: ["author.name", "year"] },
  });
  const around = { center: { lat: 48.3, lon: 16 }, radiusMeters: 6_000 };
  const updated = await books.update(
    { filter: { field: "shop", geoRadius: around } as never },
    { setPayload: { price: 1 }, deletePayload: ["author.name"], setVectors: { plot: [1, 2] } },
  );
  const removed = await books.delete({ ids: [0, "book 1", "nobody"] });
  await store.setAlias("library", "books");
  const library = await store.collection("library", schema);
  const pages: unknown[] = [];
  let after: Parameters<typeof library.scroll>[0] = {};
  for (;;) {
    const page = await library.scroll({ ...after, limit: 25, select: { vectors: true } });
    pages.push(page.points);
    if (page.next === undefined) break;
    after = { after: page.next };
  }
  await store.alter("books", { addPayload: { "author.born": { type: "integer" } } });
  return [
    written,
    nearest.hits.map(({ id, score, payload }) => [id, score.toFixed(5), payload]),
    nearest.shortfall,
    fused.hits.map(({ id, score, legs, payload }) => [
      id,
      score.toFixed(6),
      Object.keys(legs!).sort(),
      payload,
    ]),
    updated.count,
    removed.count,
    pages,
    await library.facet({ field: "author.name" }),
    (await library.count({ filter: { field: "isbn", eq: "123E4567E89B12D3A456426614174012" } as never }))
      .count,
    await store.describe("books"),
  ];
}
