/**
 * `franca copy <from> <to>`: collections of one store into another, which are folders, servers or Qdrants; or, with `--verify-only`,
 * whether they are equal.
 */
import type { CommandDef } from "citty";
import {
  type CopyOptions,
  type CopyReport,
  copyStateFile,
  copyStore,
  planCopy,
  verifyCopy,
} from "../transfer/transfer.ts";
import { type Arguments, command, UsageError } from "./command.ts";
import { copyOptions, planOptions, verifyOptions } from "./copy/options.ts";
import { isKept, openPlace, placeName } from "./copy/places.ts";
import { showCopy } from "./copy/progress.ts";
import { planText, reportText, verifiedText } from "./copy/text.ts";
import { interruptible } from "./interrupt.ts";
import { write } from "./output.ts";
import { counted } from "./paint.ts";

const places = "A folder, http://host:port, or qdrant+http://host:6333";
const stateName = "franca-copy.state";

export const copy: CommandDef = command(
  {
    name: "copy",
    description: "Copy collections from one database or server to another, and verify the copy",
    args: {
      from: { type: "positional", description: places, required: false },
      to: { type: "positional", description: places, required: false },
      collection: { type: "string", valueHint: "a,b", description: "Only these (default: all)" },
      rename: { type: "string", valueHint: "a=b", description: "Its name in the target; may be repeated" },
      "key-from": { type: "string", valueHint: "key", description: "API key (better: $FRANCA_KEY_FROM)" },
      "key-to": { type: "string", valueHint: "key", description: "API key (better: $FRANCA_KEY_TO)" },
      "dry-run": { type: "boolean", description: "Print what would be copied, and what cannot be" },
      "allow-loss": {
        type: "string",
        valueHint: "kind,…",
        description: "Copy without alias, text, payload-field, vector, id or schema",
      },
      "catch-up": { type: "boolean", description: "Then copy what has changed in the source meanwhile" },
      "delete-extra": { type: "boolean", description: "With --catch-up: delete what only the target has" },
      state: {
        type: "string",
        valueHint: "file",
        description: `Keeps how far it is (default: ./${stateName})`,
      },
      "batch-size": { type: "string", valueHint: "n", description: "Points in one write (default 1000)" },
      "in-flight": { type: "string", valueHint: "n", description: "Writes on their way at once (default 4)" },
      "verify-only": { type: "boolean", description: "Copy nothing, compare both sides" },
      "no-verify": { type: "boolean", description: "Do not compare at the end" },
      samples: {
        type: "string",
        valueHint: "n",
        description: "Stored vectors of each field that are asked of both sides (default 20)",
      },
      queries: {
        type: "string",
        valueHint: "file",
        description: "Asked of both sides too: JSON Lines {vector, field, collection}",
      },
      "min-overlap": {
        type: "string",
        valueHint: "share",
        description: "Of the nearest 10 with default parameters, on average (default: none)",
      },
      json: { type: "boolean", description: "Print the report as JSON" },
    },
  },
  run,
);

async function run(given: Arguments): Promise<number> {
  if (given.words.length !== 2)
    throw new UsageError(`expected where from and where to; got ${given.words.length} words`);
  const [from, to] = given.words.map(placeName) as [string, string];
  if (from === to && isKept(from)) throw new UsageError(`source and target are the same: ${from}`);
  const isVerify = given.flag("verify-only");
  const isDry = given.flag("dry-run");
  const options = await copyOptions(given);
  const source = await openPlace(from, {
    key: given.text("key-from") ?? process.env.FRANCA_KEY_FROM,
    mode: "existing",
  });
  try {
    const mode = isVerify ? "existing" : isDry ? "dry" : "make";
    const target = await openPlace(to, { key: given.text("key-to") ?? process.env.FRANCA_KEY_TO, mode });
    try {
      if (isDry) {
        const plan = await planCopy(source, target, planOptions(given));
        await write(given.flag("json") ? json(plan) : planText(plan));
        return plan.obstacles.length > 0 || plan.losses.some(({ kind }) => !options.allowLoss?.includes(kind))
          ? 1
          : 0;
      }
      if (isVerify) return await verify(given, source, target);
      return await perform(given, source, target, { from, to }, options);
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

type Opened = Awaited<ReturnType<typeof openPlace>>;

async function perform(
  given: Arguments,
  source: Opened,
  target: Opened,
  places: { from: string; to: string },
  options: CopyOptions,
): Promise<number> {
  const progress = showCopy();
  const started = performance.now();
  // What is in memory is gone when the process ends; there is nothing to take up again.
  const file = isKept(places.from) && isKept(places.to) ? (given.text("state") ?? stateName) : undefined;
  try {
    return await interruptible(
      async (signal) => {
        const report = await copyStore(source, target, {
          ...options,
          signal,
          places,
          ...(file !== undefined && { state: copyStateFile(file) }),
          onProgress: progress.update,
        });
        progress.stop();
        await write(given.flag("json") ? json(report) : reportText(report, performance.now() - started));
        return report.verified?.isEqual === false ? 1 : 0;
      },
      ({ report }) => {
        progress.stop();
        const { points = 0, resumed = 0 } = (report as CopyReport | undefined) ?? {};
        return `Stopped: ${counted(points + resumed, "point")} are in ${places.to}. Run the same command again to go on from there.`;
      },
    );
  } finally {
    progress.stop();
  }
}

async function verify(given: Arguments, source: Opened, target: Opened): Promise<number> {
  const progress = showCopy();
  try {
    return await interruptible(
      async (signal) => {
        const report = await verifyCopy(source, target, {
          ...planOptions(given),
          ...(await verifyOptions(given)),
          signal,
          onProgress: (one) => progress.update({ stage: "verify", ...one }),
        });
        progress.stop();
        await write(given.flag("json") ? json(report) : verifiedText(report));
        return report.isEqual ? 0 : 1;
      },
      () => "Stopped: nothing is known yet.",
    );
  } finally {
    progress.stop();
  }
}

/** Integer ids beyond 2^53 with all their digits, as text. */
function json(report: unknown): string {
  return `${JSON.stringify(report, (_, value) => (typeof value === "bigint" ? String(value) : value))}\n`;
}
