/** Keys in a file: read strictly, followed as they change, the last good ones kept; and nothing that is quoted is a key. */
import { chmodSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import type { FrancaError } from "../../../src/errors.ts";
import { hashOf, type Key, newSecret } from "../../../src/server/auth/key.ts";
import { parseKeys, showKeys } from "../../../src/server/auth/key-file.ts";
import { type Keyring, openKeyring } from "../../../src/server/auth/keyring.ts";
import { Scope } from "../../../src/server/auth/scope.ts";
import "../../seed.ts";
import { keyFolder, makeKey, writeKeys } from "./keys.ts";

interface Opened {
  keyring: Keyring;
  warnings: string[];
}

async function opened(file: string): Promise<Opened> {
  const warnings: string[] = [];
  const onWarning = ({ message }: FrancaError): void => void warnings.push(message);
  const keyring = await openKeyring({ file, onWarning });
  onTestFinished(() => keyring.stop());
  return { keyring, warnings };
}

describe("a file of keys", () => {
  const [ali, bo] = [makeKey("ali", "read", { collections: ["a", "b*"] }), makeKey("bo", "admin")];

  it("gives back what was written", () => {
    const keys: Key[] = [
      ali.key,
      { ...bo.key, expiresMs: Date.UTC(2027, 0, 1), rate: { requestsPerSecond: 0.5, burst: 3 } },
    ];
    const text = showKeys(keys);
    expect(parseKeys(text, "keys.json")).toEqual(keys);
    for (const { secret } of [ali, bo]) expect(text).not.toContain(secret);
  });

  it("gives back any keys that can be written", () => {
    const name = fc
      .stringMatching(/^[a-z0-9][a-z0-9._@-]{0,20}$/)
      .filter((one) => !["nobody", "api-key"].includes(one));
    const keys = fc.uniqueArray(
      fc.record(
        {
          name,
          hash: fc.stringMatching(/^[0-9a-f]{64}$/),
          role: fc.constantFrom("read" as const, "write" as const, "admin" as const),
          scope: fc.option(
            fc.array(fc.stringMatching(/^[ -)+-~À-ỹ]{1,9}[*]?$/), { minLength: 1, maxLength: 4 }),
            { nil: undefined },
          ),
          expiresMs: fc.integer({ min: 0, max: Date.UTC(2200, 0, 1) }),
          rate: fc.record({
            requestsPerSecond: fc.double({ min: 0.01, max: 1e6, noNaN: true }),
            burst: fc.integer({ min: 1, max: 1e6 }),
          }),
        },
        { requiredKeys: ["name", "hash", "role", "scope"] },
      ),
      { selector: (one) => one.name, maxLength: 5 },
    );
    fc.assert(
      fc.property(keys, (made) => {
        const all = made.map(
          ({ scope, ...rest }): Key => ({
            ...rest,
            scope: scope === undefined ? Scope.all : Scope.of(scope, "scope"),
          }),
        );
        fc.pre(new Set(all.map(({ hash }) => hash)).size === all.length);
        expect(parseKeys(showKeys(all), "keys.json")).toEqual(all);
      }),
    );
  });

  it("of any other content is refused, and never crashes who reads it", () => {
    const entry = fc.dictionary(
      fc.constantFrom("name", "hash", "role", "collections", "expires", "burst"),
      fc.jsonValue(),
    );
    const given = fc.oneof(
      fc.string(),
      fc.json(),
      fc
        .record({ keys: fc.oneof(fc.jsonValue(), fc.array(entry, { minLength: 1 })) })
        .map((one) => JSON.stringify(one)),
    );
    fc.assert(
      fc.property(given, (text) => {
        fc.pre(!/^\s*\{\s*"keys"\s*:\s*\[\s*\]\s*\}\s*$/.test(text));
        let code: string | undefined;
        try {
          parseKeys(text, "keys.json");
        } catch (error) {
          code = (error as FrancaError).code;
        }
        expect(code).toBe("invalid_argument");
      }),
      { numRuns: 500 },
    );
  });

  const good = { name: "x", hash: `sha256:${hashOf("y")}`, role: "read" };
  it.each([
    [
      "a misspelt collections, which would be a key to everything",
      { ...good, collection: ["a"] },
      /keys\[0\].collection: expected only/,
    ],
    ["no collection at all", { ...good, collections: [] }, /at least one name/],
    ["a star amid a name", { ...good, collections: ["a*b"] }, /"\*" at the end/],
    ["an unknown role", { ...good, role: "root" }, /read, write, admin/],
    ["a date that is none", { ...good, expires: "2027-02-30" }, /a date such as/],
    ["a rate of nothing", { ...good, requestsPerSecond: 0 }, /a number above 0/],
    ["a burst without a rate", { ...good, burst: 5 }, /requestsPerSecond/],
    ["a hash of another kind", { ...good, hash: "md5:1234" }, /sha256/],
    ["a name that is a key", { ...good, name: newSecret() }, /neither a key itself/],
    ["a name of the server's own", { ...good, name: "api-key" }, /api-key/],
  ])("with %s is refused", (_, entry, message) => {
    expect(() => parseKeys(JSON.stringify({ keys: [entry] }), "keys.json")).toThrow(message);
  });

  it("with two keys of one name, or one key under two names, is refused", () => {
    expect(() => parseKeys(showKeys([ali.key, { ...bo.key, name: "ali" }]), "k")).toThrow(/no other has/);
    expect(() => parseKeys(showKeys([ali.key, { ...ali.key, name: "bo" }]), "k")).toThrow(/own/);
  });

  it("is never quoted where a key could have been put by mistake", () => {
    const secret = newSecret();
    const texts = [
      `{"keys": ["${secret}"]}`,
      `{"keys": "${secret}"}`,
      `{"keys": {"${secret}": "admin"}}`,
      `{"${secret}": "admin"}`,
      `"${secret}"`,
      `${secret}`,
      `{"keys": [{"name": "x", "hash": "${secret}", "role": "read"}]}`,
      `{"keys": [{"name": "${secret}", "hash": "sha256:", "role": "read"}]}`,
      `{"keys": [{"name": "x", "${secret}": 1, "hash": "sha256:${hashOf("y")}", "role": "${secret}"}]}`,
      `{"keys": [{"name": "x", "hash": "sha256:${hashOf("y")}", "role": "${secret}"}]}`,
      `{"keys": [{"name": "x", "hash": "${secret}" "role": "read"}]}`,
    ];
    for (const text of texts) {
      let error: FrancaError | undefined;
      try {
        parseKeys(text, "keys.json");
      } catch (thrown) {
        error = thrown as FrancaError;
      }
      expect(error?.code).toBe("invalid_argument");
      expect(error?.cause).toBeUndefined();
      expect(`${error?.stack} ${JSON.stringify(error?.details)}`).not.toContain(secret.slice(0, 20));
    }
  });
});

describe("a keyring", () => {
  const [ali, bo] = [makeKey("ali", "read"), makeKey("bo", "admin")];

  it("follows its file by itself: keys that are added work, keys that are removed do not, grants in hand included", async () => {
    const file = join(keyFolder(), "keys.json");
    writeKeys(file, [ali.key]);
    const { keyring, warnings } = await opened(file);
    const grant = keyring.find(ali.secret);
    expect(grant?.key?.name).toBe("ali");
    expect(keyring.find(bo.secret)).toBeUndefined();
    writeKeys(file, [bo.key]);
    await expect.poll(() => keyring.find(bo.secret)?.name, { timeout: 5_000 }).toBe("bo");
    expect([keyring.find(ali.secret), grant?.key]).toEqual([undefined, undefined]);
    expect(warnings).toEqual([]);
  });

  it("keeps a grant while its key stays, with what the file says of it now", async () => {
    const file = join(keyFolder(), "keys.json");
    writeKeys(file, [ali.key]);
    const { keyring } = await opened(file);
    const grant = keyring.find(ali.secret);
    writeKeys(file, [bo.key, { ...ali.key, role: "write" }]);
    await keyring.reload();
    expect(keyring.find(ali.secret)).toBe(grant);
    expect(grant?.key?.role).toBe("write");
  });

  it("keeps the last good keys when its file breaks or is gone, and says so once for each", async () => {
    const file = join(keyFolder(), "keys.json");
    writeKeys(file, [ali.key]);
    const { keyring, warnings } = await opened(file);
    writeFileSync(file, '{"keys": [');
    for (let i = 0; i < 3; i++) await keyring.reload();
    rmSync(file);
    for (let i = 0; i < 3; i++) await keyring.reload();
    expect(warnings.map((text) => text.replace(file, "FILE"))).toEqual([
      expect.stringMatching(/^the keys that were read last stay in use.*FILE: expected JSON/),
      expect.stringMatching(/^the keys that were read last stay in use.*ENOENT/),
    ]);
    expect(keyring.find(ali.secret)?.name).toBe("ali");
    writeKeys(file, []);
    await keyring.reload();
    expect(keyring.find(ali.secret)).toBeUndefined();
  });

  it("follows a link that is moved to another file, as volumes of Kubernetes do", async () => {
    const folder = keyFolder();
    writeKeys(join(folder, "one.json"), [ali.key]);
    writeKeys(join(folder, "two.json"), [bo.key]);
    symlinkSync("one.json", join(folder, "keys.json"));
    const { keyring } = await opened(join(folder, "keys.json"));
    symlinkSync("two.json", join(folder, "next"));
    renameSync(join(folder, "next"), join(folder, "keys.json"));
    await keyring.reload();
    expect([keyring.find(ali.secret)?.name, keyring.find(bo.secret)?.name]).toEqual([undefined, "bo"]);
  });

  it("warns when others can read or change its file, once", async () => {
    const file = join(keyFolder(), "keys.json");
    writeKeys(file, [ali.key]);
    chmodSync(file, 0o644);
    const { keyring, warnings } = await opened(file);
    await keyring.reload();
    chmodSync(file, 0o622);
    await keyring.reload();
    expect(warnings).toEqual([
      expect.stringMatching(/can be read by others \(mode 0644\); run: chmod 600/),
      expect.stringMatching(/can be changed by others/),
    ]);
  });

  it("does not begin with a file that is missing or broken", async () => {
    const file = join(keyFolder(), "keys.json");
    await expect(opened(file)).rejects.toMatchObject({ code: "invalid_argument" });
    writeFileSync(file, "{}");
    await expect(opened(file)).rejects.toMatchObject({ code: "invalid_argument" });
  });

  it("takes keys that a user chose himself if they are long enough, and does not quote those that are not", async () => {
    const onWarning = (): void => {};
    const keyring = await openKeyring({
      apiKey: "0123456789abcdef",
      readOnlyApiKey: "fedcba9876543210",
      onWarning,
    });
    expect(keyring.find("0123456789abcdef")?.key?.role).toBe("admin");
    expect(keyring.find("fedcba9876543210")?.key?.role).toBe("read");
    const short = openKeyring({ apiKey: "0123456789abcde", onWarning });
    await expect(short).rejects.toThrow(/^--api-key: expected a key of at least 16 characters.*has 15$/);
    await expect(openKeyring({ apiKey: "with a space in it", onWarning })).rejects.toThrow(/without spaces/);
    const same = "0123456789abcdef";
    await expect(openKeyring({ apiKey: same, readOnlyApiKey: same, onWarning })).rejects.toThrow(/give two/);
  });
});
