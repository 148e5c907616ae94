/**
 * `franca doctor`: what runs here, and why: kernel build and instruction set, Node, the embedding model, the database.
 */
import { existsSync } from "node:fs";
import { access, constants, stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { CommandDef } from "citty";
import { kernelReport } from "../engine/kernel/doctor.ts";
import { type Arguments, command } from "./command.ts";
import { databaseArgs, databaseFolder, embedderFor, openDatabase } from "./database.ts";
import { write } from "./output.ts";
import { bold, counted, dim, green, red, yellow } from "./paint.ts";

interface Finding {
  name: string;
  /** "advice": it works, and could be better. */
  state: "ok" | "advice" | "broken";
  message: string;
  details: string[];
}

export const doctor: CommandDef = command(
  {
    name: "doctor",
    description: "Check the installation: kernel, Node, embedding model, database",
    args: { db: databaseArgs.db!, json: { type: "boolean", description: "Print JSON" } },
  },
  run,
);

async function run(given: Arguments): Promise<number> {
  const findings = [await kernel(), node(), await model(), await database(databaseFolder(given))];
  const broken = findings.some((finding) => finding.state === "broken");
  if (given.flag("json")) await write(`${JSON.stringify({ healthy: !broken, findings })}\n`);
  else for (const finding of findings) await write(show(finding));
  return broken ? 1 : 0;
}

async function kernel(): Promise<Finding> {
  const { build, healthy, summary, attempts, advice } = await kernelReport();
  return {
    name: "kernel",
    state: build === undefined ? "broken" : healthy ? "ok" : "advice",
    message: summary,
    details: [...attempts.map((attempt) => `${attempt.build}: ${attempt.outcome}`), ...advice],
  };
}

function node(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const recent = major > 20 || (major === 20 && minor >= 19);
  return {
    name: "node",
    state: recent ? "ok" : "broken",
    message: `Node ${process.versions.node} on ${process.platform}-${process.arch}${recent ? "." : "; Franca needs 20.19 or newer."}`,
    details: [],
  };
}

async function model(): Promise<Finding> {
  try {
    const embedder = await embedderFor("static");
    const { id, revision } = embedder.model;
    await embedder.embedText(["Does it work?"]);
    await embedder.close();
    return {
      name: "embedder",
      state: "ok",
      message: `${id} (${revision}), ${embedder.dimension} dimensions.`,
      details: [],
    };
  } catch (error) {
    const { message } = error as Error;
    return { name: "embedder", state: "broken", message, details: ["Install the package again."] };
  }
}

async function database(folder: string): Promise<Finding> {
  const finding = (state: Finding["state"], message: string, details: string[] = []): Finding => ({
    name: "database",
    state,
    message,
    details,
  });
  if (!existsSync(folder)) {
    let parent = dirname(folder);
    while (!existsSync(parent)) parent = dirname(parent);
    const writable = await access(parent, constants.W_OK).then(
      () => true,
      () => false,
    );
    return writable
      ? finding("ok", `None at ${folder} yet; \`franca add\` makes it.`)
      : finding("broken", `None at ${folder}, and ${parent} cannot be written.`);
  }
  if (!(await stat(folder)).isDirectory()) return finding("broken", `${folder} is not a folder.`);
  try {
    const { store } = await openDatabase(folder);
    try {
      const collections = await Promise.all((await store.list()).map((name) => store.describe(name)));
      const details = collections.map(({ name, points }) => `${name}: ${counted(points, "point")}`);
      return finding("ok", `${folder}: ${counted(collections.length, "collection")}.`, details);
    } finally {
      await store.close();
    }
  } catch (error) {
    return finding("broken", `${folder}: ${(error as Error).message}`);
  }
}

function show({ name, state, message, details }: Finding): string {
  const mark = { ok: green("✓"), advice: yellow("!"), broken: red("✗") }[state];
  return `${mark} ${bold(name.padEnd(9))} ${message}\n${details.map((line) => `  ${" ".repeat(9)} ${dim(line)}\n`).join("")}`;
}
