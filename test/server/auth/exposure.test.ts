/** Without keys a server is for its own machine only, unless somebody says otherwise. */
import { describe, expect, it } from "vitest";
import { checkExposure, isLoopback } from "../../../src/server/auth/exposure.ts";

const quiet = { hasKeys: false, insecure: false, tls: false };

describe("what a server may listen on", () => {
  it.each(["127.0.0.1", "127.1.2.3", "localhost", "::1", "[::1]", "::ffff:127.0.0.1"])(
    "%s is this machine: no key is needed, nothing warned about",
    (host) => expect(checkExposure({ ...quiet, host })).toEqual([]),
  );

  it.each([
    "0.0.0.0",
    "::",
    "192.168.1.5",
    "example.com",
    "localhost.example.com",
    "127.0.0.1.example.com",
    "",
    "127.0.0.999",
  ])("%j is not: it is refused without a key, and both ways out are named", (host) => {
    expect(isLoopback(host)).toBe(false);
    expect(() => checkExposure({ ...quiet, host })).toThrow(/--keys-file.*--api-key.*--insecure-no-auth/);
  });

  it("keys over plain text are warned about, and TLS is quiet", () => {
    expect(checkExposure({ ...quiet, host: "0.0.0.0", hasKeys: true })).toEqual([
      expect.stringContaining("plain text"),
    ]);
    expect(checkExposure({ host: "0.0.0.0", hasKeys: true, insecure: false, tls: true })).toEqual([]);
  });

  it("--insecure-no-auth is believed, and warned about", () => {
    expect(checkExposure({ ...quiet, host: "0.0.0.0", insecure: true })).toEqual([
      expect.stringContaining("everyone"),
    ]);
  });
});
