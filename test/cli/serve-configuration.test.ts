/** What `franca serve` is told, by flags, environment and file, and what it says to what it is not told right. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { configure, variableOf } from "../../src/cli/serve/configure.ts";
import { type Setting, settings } from "../../src/cli/serve/settings.ts";

const all = settings as { readonly [name: string]: Setting };
const folder = mkdtempSync(join(tmpdir(), "franca-configuration-"));
const fileOf = (text: string): string => {
  const path = join(folder, `${Math.random()}.yaml`);
  writeFileSync(path, text);
  return path;
};
const configured = (
  given: {
    flags?: { [name: string]: string | boolean };
    environment?: { [name: string]: string };
    file?: string;
  } = {},
) => configure(all, { flags: {}, environment: {}, ...given });

describe("the configuration of franca serve", () => {
  it("a flag counts more than a variable, a variable more than the file, the file more than the default", async () => {
    const file = fileOf("host: 10.0.0.1\ntimeout: 3s\nqueue-length: 7\n");
    const environment = { FRANCA_HOST: "10.0.0.2", FRANCA_TIMEOUT: "4s" };
    const { values, origins } = await configured({ flags: { host: "10.0.0.3" }, environment, file });
    expect(values).toMatchObject({ host: "10.0.0.3", timeout: 4000, "queue-length": 7, grace: 10_000 });
    expect(origins).toMatchObject({
      host: "--host",
      timeout: "FRANCA_TIMEOUT",
      "queue-length": file,
      grace: "default",
    });
  });

  it("every setting's default is a value that it would take, and shows as one that it reads", () => {
    for (const [name, { kind, default: fallback }] of Object.entries(all)) {
      if (fallback !== undefined) expect(kind.read(kind.show(fallback as never)), name).toEqual(fallback);
    }
  });

  it.each([
    ["body-limit", "64"],
    ["body-limit", "-1mb"],
    ["body-limit", "0"],
    ["max-memory", "1mb"],
    ["timeout", "soon"],
    ["timeout", "0s"],
    ["timeout", "1000h"],
    ["slow-query", "always"],
    ["host", "http://127.0.0.1"],
    ["host", "127.0.0.1:6333"],
    ["allowed-origins", "console.example"],
    ["allowed-origins", "https://console.example/"],
    ["queue-length", "1.5"],
    ["max-concurrent", "0"],
    ["trace-sample", "1.1"],
    ["durability", "maybe"],
    ["insecure-no-auth", "perhaps"],
    ["dialect", "franca,,qdrant"],
  ])("refuses --%s %s, and says what it expects", async (name, value) => {
    await expect(configured({ flags: { [name]: value } })).rejects.toThrow(
      `--${name}: expected ${all[name]!.kind.expected}; got "${value}"`,
    );
  });

  it("refuses what is no setting in a file, and names the nearest", async () => {
    await expect(configured({ file: fileOf("bodi-limit: 3mb\n") })).rejects.toThrow(
      "did you mean body-limit?",
    );
    await expect(configured({ file: fileOf("- a\n- list\n") })).rejects.toThrow("names of settings");
    await expect(configured({ file: fileOf("a: [") })).rejects.toMatchObject({ code: "invalid_argument" });
    await expect(configured({ file: join(folder, "absent.yaml") })).rejects.toThrow("cannot be read");
  });

  it("warns of variables that look like settings, and passes over those that Kubernetes sets beside a service", async () => {
    const environment = {
      FRANCA_HOSTT: "x",
      FRANCA_PORT: "tcp://10.0.0.1:6333",
      FRANCA_SERVICE_HOST: "10.0.0.1",
    };
    const { warnings } = await configured({ environment });
    expect(warnings).toEqual([expect.stringContaining("did you mean FRANCA_HOST?")]);
  });

  it("0 needs no unit, and where a time is a threshold it can also never be reached", async () => {
    const { values } = await configured({ flags: { "slow-query": "0", "queue-wait": "0", grace: "0s" } });
    expect(values).toMatchObject({ "slow-query": 0, "queue-wait": 0, grace: 0 });
    expect((await configured({ flags: { "slow-query": "never" } })).values).toMatchObject({
      "slow-query": Number.POSITIVE_INFINITY,
    });
    expect(settings["slow-query"].kind.show(Number.POSITIVE_INFINITY)).toBe("never");
  });

  it.each(["127.0.0.1", "::1", "fe80::1%eth0", "db.example", "localhost"])("listens on %s", async (host) => {
    expect((await configured({ flags: { host } })).values).toMatchObject({ host });
  });

  it("takes an address of IPv6 in the brackets of a URL as well", async () => {
    expect((await configured({ flags: { host: "[::1]" } })).values).toMatchObject({ host: "::1" });
  });

  it("never shows a secret", async () => {
    expect(all["api-key"]!.kind.show("franca_secret" as never)).toBe("********");
    const error = await configured({ environment: { [variableOf("api-key")]: "   " } }).catch(
      (thrown) => thrown,
    );
    expect(String(error)).toContain("expected a key; got something else");
  });
});
