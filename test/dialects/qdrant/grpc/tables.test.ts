/** The tables of Qdrant's messages, held to the descriptors of its official clients, and to what those write. */
import { spawnSync } from "node:child_process";
import { type DescField, equals, fromBinary, ScalarType, toBinary } from "@bufbuild/protobuf";
import { QdrantClient } from "@qdrant/js-client-grpc";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { messages, tables } from "../../../../src/dialects/qdrant/grpc/messages.ts";
import { methodsWith } from "../../../../src/dialects/qdrant/grpc/methods.ts";
import { withUsualParts } from "../../../../src/dialects/qdrant/parts.ts";
import { isFrancaError } from "../../../../src/errors.ts";
import { Messages } from "../../../../src/protobuf/messages.ts";
import { python, withoutPython } from "../../../wire/python.ts";
import { descriptors, randomFrom, randomMessage, tableName } from "./official.ts";
import "../../../seed.ts";

const methods = methodsWith(withUsualParts({}));

/** Of the wire alone: no shapes, and enums as numbers. */
const raw = new Messages({
  messages: tables.messages,
  enums: Object.fromEntries(Object.keys(tables.enums!).map((name) => [name, []])),
});

const names = Object.keys(tables.messages);
const described = names.filter((name) => descriptors.has(name));

describe("the tables of Qdrant's messages", () => {
  it("have every message and every field of the official client, with its number, its type and its label", () => {
    const missing = [...descriptors.keys()].filter((name) => !Object.hasOwn(tables.messages, name));
    expect(missing).toEqual([]);
    expect(described.length).toBeGreaterThan(200);
    for (const name of described) {
      const own = Object.values(tables.messages[name]!).sort();
      expect([name, own]).toEqual([name, descriptors.get(name)!.fields.map(specOf).sort()]);
    }
  });

  it("have at most one set of fields of which one is there in each message", () => {
    for (const { typeName, oneofs } of descriptors.values())
      expect([typeName, oneofs.length]).toEqual([typeName, Math.min(1, oneofs.length)]);
  });

  it("name as many numbers of each enum as there are", () => {
    const enums = [...descriptors.values()].flatMap(({ fields }) =>
      fields.flatMap((field) => field.enum ?? []),
    );
    expect(enums.length).toBeGreaterThan(20);
    for (const { typeName, values } of enums)
      expect([typeName, tables.enums![tableName(typeName)]?.length]).toEqual([typeName, values.length]);
  });

  it("read what the official client writes, and write what it reads as the same", () => {
    fc.assert(
      fc.property(fc.constantFrom(...described), fc.integer(), (name, from) => {
        const descriptor = descriptors.get(name)!;
        const message = randomMessage(descriptor, randomFrom(from));
        const again = raw.encode(name, raw.decode(name, toBinary(descriptor, message)));
        expect(equals(descriptor, fromBinary(descriptor, again), message)).toBe(true);
      }),
      { numRuns: 3_000 },
    );
  });

  it("read and write what Google's protobuf does", ({ skip }) => {
    skip(python === undefined, withoutPython);
    const run = (command: string, input: string) => {
      const script = new URL("google-protobuf.py", import.meta.url).pathname;
      const { status, stdout, stderr } = spawnSync(python!, [script, command], { input, maxBuffer: 2 ** 28 });
      expect(status, String(stderr)).toBe(0);
      return String(stdout);
    };
    const made = run("make", JSON.stringify({ seed: 1, count: 1_500 }))
      .trim()
      .split("\n");
    expect(made).toHaveLength(1_500);
    const answers = made.map((line) => {
      const { name, hex } = JSON.parse(line) as { name: string; hex: string };
      const own = tableName(name);
      const again = raw.encode(own, raw.decode(own, Buffer.from(hex, "hex")));
      return JSON.stringify({ name, hex, again: Buffer.from(again).toString("hex") });
    });
    expect(run("compare", answers.join("\n"))).toBe("1500 are the same\n");
  });

  it("make of any message the official client writes a request, or refuse it as invalid_argument", () => {
    const requests = described.filter((name) => !/Response$|Reply$/.test(name));
    fc.assert(
      fc.property(fc.constantFrom(...requests), fc.integer(), (name, from) => {
        const descriptor = descriptors.get(name)!;
        const bytes = toBinary(descriptor, randomMessage(descriptor, randomFrom(from)));
        try {
          messages.decode(name, bytes);
        } catch (error) {
          if (!isFrancaError(error, "invalid_argument")) throw error;
        }
      }),
      { numRuns: 3_000 },
    );
  });
});

describe("the methods", () => {
  /** Answered when there is a handler for them. */
  const later = ["CreateShardKey", "DeleteShardKey", "ListShardKeys"].map(
    (name) => `/qdrant.Collections/${name}`,
  );

  it("are those of the official client", () => {
    const client = new QdrantClient({ url: "http://127.0.0.1:1", checkCompatibility: false });
    const services = {
      Collections: "collections",
      Points: "points",
      Snapshots: "snapshots",
      Qdrant: "service",
    } as const;
    const all = Object.entries(services).flatMap(([service, api]) =>
      Object.keys(client.api(api)).map(
        (name) => `/qdrant.${service}/${name[0]!.toUpperCase()}${name.slice(1)}`,
      ),
    );
    expect(Object.keys(methods).sort()).toEqual(all.filter((name) => !later.includes(name)).sort());
  });
});

/** As our tables would have it. */
function specOf(field: DescField): string {
  const type = field.message ?? field.enum;
  const name = type === undefined ? scalarName(field.scalar!) : tableName(type.typeName);
  if (field.fieldKind === "map") return `${field.number} map ${name}`;
  if (field.fieldKind === "list") return `${field.number} repeated ${name}`;
  if (field.oneof !== undefined) return `${field.number} one ${name}`;
  const isOptional = field.proto.proto3Optional && field.message === undefined;
  return `${field.number} ${isOptional ? "optional " : ""}${name}`;
}

function scalarName(type: ScalarType): string {
  return ScalarType[type].toLowerCase();
}
