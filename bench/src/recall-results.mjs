/**
 * What recall-targets.mjs measured, kept in bench/results/recall.json: sets that are measured again replace their own
 * results, so that sets can be run one by one. And the table of docs/recall.md made of it.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";

const folder = new URL("../results/", import.meta.url);
const tolerance = 0.01;

export class RecallResults {
  #path;
  #kept;

  constructor({ quick }) {
    this.#path = new URL(`recall${quick ? "-quick" : ""}.json`, folder);
    this.#kept = readJson(this.#path) ?? { sets: [] };
  }

  get sets() {
    return this.#kept.sets;
  }

  /** @param order names of all sets, so that the file has them in one order however they were run */
  keep(result, order) {
    const machine = { cpu: cpus()[0]?.model, cores: cpus().length, node: process.version };
    const others = this.sets.filter(({ set }) => set !== result.set);
    const place = ({ set }) => order.indexOf(set);
    this.#kept = { machine, sets: [...others, result].sort((a, b) => place(a) - place(b)) };
    mkdirSync(folder, { recursive: true });
    writeFileSync(this.#path, `${JSON.stringify(this.#kept, null, 1)}\n`);
  }

  /** Every target that was asked for, with what was measured. */
  get rows() {
    return this.sets.flatMap(({ set, phases }) =>
      phases.flatMap(({ name, rows }) => rows.map((row) => ({ set, phase: name, ...row }))),
    );
  }

  get missed() {
    return this.rows.filter(({ measured, target }) => measured < target - tolerance);
  }

  /** A line for each set and kind of queries measured with; a cell for each target: recall@1, @10 and @100. */
  table() {
    const targets = [...new Set(this.rows.map(({ target }) => target))];
    const sizes = [...new Set(this.rows.map(({ k }) => k))];
    const lines = this.sets.flatMap(({ set, points, phases }) =>
      phases.map(({ name, rows }) => {
        const cells = targets.map((target) =>
          sizes.map((k) => cell(rows.find((row) => row.k === k && row.target === target))).join(" · "),
        );
        return `| ${set} | ${points.toLocaleString("en-US")} | ${name} | ${cells.join(" | ")} |`;
      }),
    );
    return [
      `| set | points | by queries | ${targets.join(" | ")} |`,
      `| --- | ---: | --- |${" --- |".repeat(targets.length)}`,
      ...lines,
    ].join("\n");
  }

  /** In words: how many targets, and the worst of them. */
  summary() {
    const searched = this.rows.filter(({ way }) => way !== "exact");
    const worst = searched.toSorted((a, b) => a.measured - a.target - (b.measured - b.target))[0];
    const exact = this.rows.length - searched.length;
    const missed = `${this.missed.length} missed by more than ${tolerance}`;
    const counts = `${this.rows.length} targets, ${exact} of them answered exactly, ${missed}`;
    if (worst === undefined) return counts;
    const { set, phase, k, target, measured, way } = worst;
    const by = `${Math.abs(measured - target).toFixed(4)} ${measured < target ? "below" : "above"} the target`;
    return `${counts}; worst: ${set}, ${phase}, recall@${k}: ${measured.toFixed(4)} at ${target} (${way}), ${by}`;
  }
}

/** ".956", never rounded up; "=" for an exact scan. */
function cell({ way, measured, target }) {
  if (way === "exact") return "=";
  const text = measured === 1 ? "1" : (Math.floor(measured * 1000) / 1000).toFixed(3).slice(1);
  return measured < target ? `**${text}**` : text;
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}
