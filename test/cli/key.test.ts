/** `franca key`, as a process. */
import { chmodSync, chownSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { hashOf } from "../../src/server/auth/key.ts";
import { workshop } from "./cli.ts";

describe("franca key", () => {
  it("makes a key, shows it once and alone, keeps its hash in a file that only its owner can read, and revokes it", async () => {
    const { folder, franca } = workshop();
    const file = ["--file", "keys.json"];
    const made = await franca(
      "key",
      "create",
      ...file,
      "--name",
      "ali",
      "--role",
      "read",
      "--collections",
      "a,b*",
    );
    expect(made.code, made.stderr).toBe(0);
    expect(made.stdout).toMatch(/^franca_[A-Za-z0-9_-]{43}\n$/);
    const secret = made.stdout.trim();
    const more = ["--role", "admin", "--expires", "2027-01-01", "--requests-per-second", "5"];
    expect((await franca("key", "create", ...file, "--name", "bo", ...more)).code).toBe(0);
    const kept = readFileSync(join(folder, "keys.json"), "utf8");
    expect(kept).not.toContain(secret);
    expect(JSON.parse(kept).keys).toMatchObject([
      { name: "ali", hash: `sha256:${hashOf(secret)}`, role: "read", collections: ["a", "b*"] },
      { name: "bo", role: "admin", expires: "2027-01-01T00:00:00.000Z", requestsPerSecond: 5, burst: 5 },
    ]);
    expect(statSync(join(folder, "keys.json")).mode & 0o777).toBe(0o600);
    const listed = await franca("key", "list", ...file);
    expect(listed.stdout).toMatch(
      /^ali +read +a, b\*\nbo +admin +all collections +5 requests\/s, 5 at once +until 2027/,
    );
    expect((await franca("key", "revoke", "ali", ...file)).code).toBe(0);
    const left = JSON.parse((await franca("key", "list", "--json", ...file)).stdout);
    expect(left.keys.map(({ name }: { name: string }) => name)).toEqual(["bo"]);
  });

  it("refuses what it does not understand, and changes nothing then", async () => {
    const { folder, franca } = workshop();
    const create = (...rest: string[]) => franca("key", "create", "--file", "keys.json", ...rest);
    const wrong = await Promise.all([
      franca("key"),
      franca("key", "make"),
      franca("key", "list", "--role", "read", "--file", "keys.json"),
      franca("key", "list"),
      create("--name", "ali"),
      create("--name", "ali", "--role", "read", "one-too-many"),
      create("--name", "ali", "--role", "root"),
      create("--name", "ali", "--role", "read", "--expires", "soon"),
      create("--name", "ali", "--role", "read", "--collections", "a,,b"),
      create("--name", "ali", "--role", "read", "--burst", "3"),
      franca("key", "revoke", "ali", "--file", "keys.json"),
    ]);
    expect(wrong.map(({ code }) => code)).toEqual([2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1]);
    expect(() => statSync(join(folder, "keys.json"))).toThrow(/ENOENT/);
  });

  it("loses no change when several are made at once", async () => {
    const { folder, franca } = workshop();
    const create = (name: string) =>
      franca("key", "create", "--file", "keys.json", "--name", name, "--role", "read");
    await create("first");
    const all = await Promise.all([
      create("a"),
      create("b"),
      create("c"),
      franca("key", "revoke", "first", "--file", "keys.json"),
    ]);
    expect(all.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    const { keys } = JSON.parse(readFileSync(join(folder, "keys.json"), "utf8"));
    expect(keys.map(({ name }: { name: string }) => name).sort()).toEqual(["a", "b", "c"]);
  });

  it.skipIf(process.getuid?.() !== 0)(
    "leaves the file to its owner, and never to all (skipped where tests do not run as root)",
    async () => {
      const { folder, franca } = workshop();
      const path = join(folder, "keys.json");
      const create = (name: string) =>
        franca("key", "create", "--file", "keys.json", "--name", name, "--role", "read");
      await create("one");
      chownSync(path, 12_345, 23_456);
      chmodSync(path, 0o664);
      expect((await create("two")).code).toBe(0);
      const { uid, gid, mode } = statSync(path);
      expect([uid, gid, (mode & 0o777).toString(8)]).toEqual([12_345, 23_456, "640"]);
      expect((await franca("key", "list", "--file", "keys.json")).stdout).toMatch(/^one .*\ntwo /);
    },
  );
});
