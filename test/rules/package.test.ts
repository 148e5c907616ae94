/** The published package: what package.json promises is there, and nothing names a machine or a registry. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "./sources.ts";

const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

describe("the package", () => {
  it("every exports entry resolves to a file, and has types", async () => {
    for (const [name, entry] of Object.entries<string | { types: string; default: string }>(
      manifest.exports,
    )) {
      if (typeof entry === "string") {
        expect(existsSync(join(root, entry)), `${name}: ${entry}`).toBe(true);
        continue;
      }
      expect(existsSync(join(root, entry.types)), `${name}: ${entry.types}`).toBe(true);
      const module = await import(/* @vite-ignore */ join(root, entry.default));
      expect(Object.keys(module).length, `${name} exports something`).toBeGreaterThan(0);
    }
  });

  it("the bin is there and starts with a hashbang", () => {
    for (const path of Object.values<string>(manifest.bin)) {
      expect(readFileSync(join(root, path), "utf8").startsWith("#!/usr/bin/env node\n")).toBe(true);
    }
  });

  it("has no install script: consumers compile nothing", () => {
    for (const script of ["preinstall", "install", "postinstall"])
      expect(manifest.scripts[script]).toBeUndefined();
    expect(existsSync(join(root, "binding.gyp"))).toBe(false);
    expect(manifest.gypfile).toBe(false);
  });

  it("every runtime dependency is imported, and every optional peer is optional", () => {
    const sources = execFileSync(
      "git",
      ["grep", "-hoE", "(from|import\\() ?[\"'][^.\"'][^\"']*[\"']", "--", "src"],
      { cwd: root, encoding: "utf8" },
    );
    for (const name of Object.keys(manifest.dependencies))
      expect(sources, name).toMatch(new RegExp(`["']${name}(/|["'])`));
    for (const name of Object.keys(manifest.peerDependencies))
      expect(manifest.peerDependenciesMeta[name]?.optional, name).toBe(true);
  });

  it("lock files name no host, and tracked text names no registry and no path of a machine", () => {
    const tracked = execFileSync("git", ["ls-files", "-z"], { cwd: root, encoding: "utf8" })
      .split("\0")
      .filter(Boolean);
    const forbidden = new RegExp(
      ["registry\\.npm" + "js", "/ro" + "ot/", "/wo" + "rk/main", "/wo" + "rk/shared"].join("|"),
    );
    const offences = tracked.filter((path) => {
      if (!existsSync(join(root, path))) return false;
      const text = readFileSync(join(root, path), "utf8");
      return (
        !text.includes("\0") &&
        (forbidden.test(text) || (path.endsWith("package-lock.json") && /"resolved":/.test(text)))
      );
    });
    expect(offences).toEqual([]);
  });
});
