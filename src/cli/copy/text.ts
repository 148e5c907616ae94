/** What `franca copy` prints. */
import type { CopyPlan, CopyReport, VerifyReport } from "../../transfer/transfer.ts";
import { bold, counted, green, grouped, red, seconds, yellow } from "../paint.ts";

export function planText({ collections, points, bytes, losses, obstacles }: CopyPlan): string {
  const lines = collections.map(({ from, to, points: own, bytes: ownBytes, pointsThere, aliases }) => {
    const name = from === to ? bold(from) : `${bold(from)} as ${bold(to)}`;
    const there =
      pointsThere === undefined ? "will be made" : `is there with ${counted(pointsThere, "point")}`;
    const also = aliases.length === 0 ? "" : `, aliases ${aliases.join(", ")}`;
    return `${name}: ${counted(own, "point")}, about ${megabytes(ownBytes)}; ${there}${also}\n`;
  });
  return [
    ...lines,
    `${counted(collections.length, "collection")}, ${counted(points, "point")}, about ${megabytes(bytes)}\n`,
    ...obstacles.map(({ message }) => `${red("✗")} ${message}\n`),
    ...losses.map(({ kind, message }) => `${yellow("!")} ${kind}: ${message}\n`),
    ...(losses.length === 0
      ? []
      : ["What is marked ! is not carried; --allow-loss with its kind accepts that.\n"]),
  ].join("");
}

export function reportText(
  { collections, points, resumed, warnings, verified }: CopyReport,
  timeMs: number,
): string {
  const rate = timeMs < 100 ? "" : ` (${grouped((points / timeMs) * 1000)} points/s)`;
  const before = resumed === 0 ? "" : `, ${grouped(resumed)} by an earlier run`;
  const late = collections.flatMap(({ caughtUp, from }) =>
    caughtUp === undefined || caughtUp.written + caughtUp.deleted === 0
      ? []
      : [
          `${from}: ${grouped(caughtUp.written)} changed meanwhile and copied again, ${grouped(caughtUp.deleted)} deleted\n`,
        ],
  );
  return [
    `${green("✓")} ${counted(collections.length, "collection")}, ${counted(points, "point")} copied${before}, in ${seconds(timeMs)}${rate}\n`,
    ...late,
    ...warnings.map(({ message }) => `${yellow("!")} ${message}\n`),
    verified === undefined ? "Not verified.\n" : verifiedText(verified),
    verified?.isEqual === false
      ? "Run the same command again: it compares both sides and copies what differs; what only the target has goes with --catch-up --delete-extra.\n"
      : "",
  ].join("");
}

export function verifiedText({ collections }: VerifyReport): string {
  return collections
    .map(({ from, to, isEqual, source, overlap, reasons }) => {
      const name = from === to ? bold(from) : `${bold(from)} as ${bold(to)}`;
      if (!isEqual)
        return `${red("✗")} ${name} differs\n${reasons.map((reason) => `  ${reason}\n`).join("")}`;
      const asked =
        overlap === undefined
          ? ""
          : `; ${counted(overlap.queries, "query").replace("querys", "queries")}: overlap of the nearest ${overlap.k} ${overlap.exact.mean.toFixed(3)} exact, ${overlap.usual.mean.toFixed(3)} as usual (worst ${overlap.usual.worst.toFixed(2)}; recall ${overlap.recall.source.toFixed(3)} there, ${overlap.recall.target.toFixed(3)} here)`;
      return `${green("✓")} ${name} is equal: ${counted(source.points, "point")}, checksum ${source.checksum}${asked}\n`;
    })
    .join("");
}

function megabytes(bytes: number): string {
  return bytes < 1e6 ? `${grouped(bytes / 1e3)} kB` : `${grouped(bytes / 1e6)} MB`;
}
