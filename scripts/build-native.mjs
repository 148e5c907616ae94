/**
 * Builds the Node-API addon, `native/node/build/Release/franca_kernel.node`, with npm's own node-gyp.
 * Runs in our own `npm ci` (prepare), never on a consumer's machine. Without a compiler it says so and
 * leaves with 0, since the WebAssembly build answers the same contract; REQUIRE_NATIVE=1 makes that an error.
 */
import { spawnSync } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";
import { discard, inputsHash, isCurrent, root, stamp } from "./kernel-build.mjs";

const folder = join(root, "native", "node");
const output = join(folder, "build", "Release", "franca_kernel.node");
const inputs = [
  "native/include",
  "native/kernel",
  "native/node",
  "native/sources.txt",
  "scripts/build-native.mjs",
];
const hash = inputsHash(inputs, {
  node: process.version,
  platform: `${process.platform}-${process.arch}`,
  flags: [process.env.CXXFLAGS, process.env.CFLAGS, process.env.LDFLAGS],
});

if (isCurrent(output, hash)) {
  console.log("native kernel: up to date");
} else {
  discard(output);
  const reason = missingCompiler() ?? build();
  if (reason === undefined) {
    stamp(output, hash);
    console.log(`native kernel: built ${output.slice(root.length)}`);
  } else {
    giveUp(reason);
  }
}

/** Undefined when the addon was built, else what stood in the way. */
function build() {
  const nodeGyp = findNodeGyp();
  if (nodeGyp === undefined)
    return "npm's own node-gyp was not found; run this through npm (`npm run prepare`)";
  const args = [nodeGyp, "configure", "build", "--directory", folder, "--jobs", "max", "--loglevel", "warn"];
  // The headers beside this very node, when they are there: no download, so it works offline.
  const prefix = dirname(dirname(process.execPath));
  if (existsSync(join(prefix, "include", "node", "node_api.h"))) args.push(`--nodedir=${prefix}`);
  const path = `${dirname(process.execPath)}${delimiter}${process.env.PATH ?? ""}`;
  const result = spawnSync(process.execPath, args, {
    cwd: folder,
    stdio: "inherit",
    env: { ...process.env, PATH: path },
  });
  if (result.error !== undefined) return `node-gyp did not start: ${result.error.message}`;
  if (result.status !== 0)
    return `node-gyp failed (exit ${result.status ?? result.signal}); its output is above`;
  if (!existsSync(output)) return `node-gyp reported success but ${output} is not there`;
}

function giveUp(reason) {
  if (process.env.REQUIRE_NATIVE === "1") {
    console.error(`native kernel: ${reason}. REQUIRE_NATIVE=1 asks for it, so this is an error.`);
    process.exitCode = 1;
    return;
  }
  console.warn(
    `native kernel: not built, because ${reason}. Nothing else is needed: Franca will run its WebAssembly build, ` +
      "two to three times slower in search. For the native one, install a C++20 compiler, make and Python 3, then run " +
      "`npm run prepare`; `franca doctor` tells which build runs.",
  );
}

/** Undefined when there is a compiler. */
function missingCompiler() {
  // On Windows node-gyp finds Visual Studio by itself, and says so when it does not.
  if (process.platform === "win32") return undefined;
  const candidates = process.env.CXX ? [process.env.CXX] : ["c++", "g++", "clang++"];
  const found = candidates.some((command) => {
    const [program, ...args] = command.split(" ");
    return spawnSync(program, [...args, "--version"]).status === 0;
  });
  return found ? undefined : `there is no C++ compiler (tried ${candidates.join(", ")})`;
}

function findNodeGyp() {
  const inside = ["node_modules", "node-gyp", "bin", "node-gyp.js"];
  const npmFolders = [];
  if (process.env.npm_execpath) npmFolders.push(resolve(realpathSync(process.env.npm_execpath), "..", ".."));
  const prefix = dirname(dirname(process.execPath));
  npmFolders.push(
    join(prefix, "lib", "node_modules", "npm"),
    join(dirname(process.execPath), "node_modules", "npm"),
  );
  for (const entry of (process.env.PATH ?? "").split(delimiter)) {
    const npm = join(entry, "npm");
    if (entry && existsSync(npm)) npmFolders.push(resolve(realpathSync(npm), "..", ".."));
  }
  return npmFolders.map((npm) => join(npm, ...inside)).find((path) => existsSync(path));
}
