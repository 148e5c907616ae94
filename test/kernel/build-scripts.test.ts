/** The build steps of `npm ci` on machines that lack something, tried in a copy of what they read. */
import { spawnSync } from "node:child_process";
import { appendFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

describe("the native build step", () => {
  let copy: string;
  beforeAll(() => {
    copy = mkdtempSync(join(tmpdir(), "franca-build-"));
    cpSync(join(root, "native"), join(copy, "native"), {
      recursive: true,
      filter: (path) => !path.endsWith(join("node", "build")),
    });
    for (const script of ["build-native.mjs", "kernel-build.mjs"]) {
      cpSync(join(root, "scripts", script), join(copy, "scripts", script));
    }
  });
  afterAll(() => rmSync(copy, { recursive: true }));

  const run = (env: Record<string, string>) =>
    spawnSync(process.execPath, [join(copy, "scripts", "build-native.mjs")], {
      encoding: "utf8",
      env: { ...process.env, REQUIRE_NATIVE: "", ...env },
    });

  it("without a compiler says so, says what runs instead, and succeeds", () => {
    const { status, stderr } = run({ CXX: "no-such-compiler" });
    expect(stderr).toMatch(/no C\+\+ compiler \(tried no-such-compiler\).*WebAssembly/s);
    expect(status).toBe(0);
  });

  it("REQUIRE_NATIVE=1 makes the lack of a compiler an error", () => {
    const { status, stderr } = run({ CXX: "no-such-compiler", REQUIRE_NATIVE: "1" });
    expect(stderr).toMatch(/no C\+\+ compiler.*REQUIRE_NATIVE/s);
    expect(status).toBe(1);
  });

  it("an addon that no longer answers to its sources is removed, not left to be loaded", () => {
    const output = join(copy, "native", "node", "build", "Release", "franca_kernel.node");
    mkdirSync(join(output, ".."), { recursive: true });
    writeFileSync(output, "old");
    run({ CXX: "no-such-compiler" });
    expect(existsSync(output)).toBe(false);
  });

  it("the hash of its inputs changes with any source and with any fact", async () => {
    const { inputsHash, isCurrent, stamp } = await import(
      pathToFileURL(join(copy, "scripts", "kernel-build.mjs")).href
    );
    const inputs = ["native/include", "native/sources.txt"];
    const before = inputsHash(inputs, { flags: "-O3" });
    expect(inputsHash(inputs, { flags: "-O3" })).toBe(before);
    expect(inputsHash(inputs, { flags: "-O2" })).not.toBe(before);
    const output = join(copy, "output");
    writeFileSync(output, "");
    expect(isCurrent(output, before)).toBe(false);
    stamp(output, before);
    expect(isCurrent(output, before)).toBe(true);
    appendFileSync(join(copy, "native", "include", "kernel.h"), "\n");
    expect(isCurrent(output, inputsHash(inputs, { flags: "-O3" }))).toBe(false);
  });
});
