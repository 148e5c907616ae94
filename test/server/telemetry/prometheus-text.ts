/**
 * A small reader of Prometheus' text format (version 0.0.4), and the rules that `promtool check metrics` holds metrics to,
 * written after reading what it checks. Strict: what it does not understand is an error.
 */

export interface Family {
  name: string;
  type: string;
  help: string;
  samples: Sample[];
}

export interface Sample {
  name: string;
  labels: { [label: string]: string };
  value: number;
}

export function parseMetrics(text: string): Map<string, Family> {
  if (!text.endsWith("\n")) throw new Error("the last line must end");
  const families = new Map<string, Family>();
  let current: Family | undefined;
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const comment = /^# (HELP|TYPE) ([a-zA-Z_:][\w:]*) (.+)$/.exec(line);
    if (comment !== null) {
      const [, what, name, rest] = comment as unknown as [string, string, string, string];
      if (what === "HELP") {
        if (families.has(name)) throw new Error(`${name} is there twice`);
        current = { name, help: rest, type: "", samples: [] };
        families.set(name, current);
      } else {
        if (current?.name !== name || current.type !== "") throw new Error(`TYPE out of place: ${line}`);
        current.type = rest;
      }
      continue;
    }
    const sample = parseSample(line);
    const suffix = sample.name.slice(current?.name.length);
    const allowed = current?.type === "histogram" ? ["_bucket", "_sum", "_count"] : [""];
    if (!sample.name.startsWith(current?.name ?? "?") || !allowed.includes(suffix))
      throw new Error(`a sample below another metric: ${line}`);
    current!.samples.push(sample);
  }
  return families;
}

function parseSample(line: string): Sample {
  const match = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line);
  if (match === null) throw new Error(`not a sample: ${line}`);
  const labels: Sample["labels"] = {};
  let rest = match[2] ?? "";
  while (rest !== "") {
    const label = /^([a-zA-Z_]\w*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/.exec(rest);
    if (label === null) throw new Error(`not labels: ${line}`);
    if (label[1]! in labels) throw new Error(`a label twice: ${line}`);
    labels[label[1]!] = label[2]!.replace(/\\(.)/g, (_, c: string) => (c === "n" ? "\n" : c));
    rest = rest.slice(label[0].length);
  }
  const value = match[3] === "+Inf" ? Number.POSITIVE_INFINITY : Number(match[3]);
  if (Number.isNaN(value)) throw new Error(`not a number: ${line}`);
  return { name: match[1]!, labels, value };
}

const otherUnits =
  /^(?:(?:pico|nano|micro|milli|centi|deci|deca|hecto|kilo|kibi|mega|mibi|giga|gibi|tera|tebi|peta|pebi)(?:seconds|bytes|bits|meters|metres|grams|joules|volts|amperes)|minutes|hours|days|weeks|bits)$/;
const abbreviations = /_(?:s|ms|us|ns|sec|b|kb|mb|gb|tb|pb|m|h|d)(?:_|$)/;

/** What promtool would complain about. */
export function lint(families: ReadonlyMap<string, Family>): string[] {
  const problems: string[] = [];
  for (const { name, type, help, samples } of families.values()) {
    const say = (problem: string) => problems.push(`${name}: ${problem}`);
    if (help.trim() === "") say("no help");
    if (!["counter", "gauge", "histogram"].includes(type)) say(`type ${type}`);
    if (type === "counter" && !name.endsWith("_total")) say("a counter ends in _total");
    if (type !== "counter" && name.endsWith("_total")) say("only a counter ends in _total");
    if (type !== "histogram" && /_(?:bucket|count|sum)$/.test(name)) say("a histogram's suffix");
    if (/_(?:counter|gauge|histogram|summary)(?:_|$)/.test(name)) say("its type in its name");
    if (name.includes(":")) say("a colon");
    if (/[a-z][A-Z]/.test(name)) say("camel case");
    if (abbreviations.test(name)) say("an abbreviated unit");
    if (name.split("_").some((part) => otherUnits.test(part))) say("not a base unit");
    const seen = new Set<string>();
    for (const sample of samples) {
      const labels = Object.keys(sample.labels).sort();
      const series = `${sample.name} ${labels.map((l) => `${l}=${JSON.stringify(sample.labels[l])}`)}`;
      if (seen.has(series)) say(`the series ${series} twice`);
      seen.add(series);
      for (const label of labels) {
        if (/[a-z][A-Z]/.test(label)) say(`label ${label} in camel case`);
        if (label === "quantile" || (label === "le" && type !== "histogram"))
          say(`label ${label} is reserved`);
      }
    }
    if (type === "histogram") problems.push(...brokenHistograms(name, samples));
  }
  return problems;
}

/** Buckets of a series grow, and the last is the count. */
function brokenHistograms(name: string, samples: readonly Sample[]): string[] {
  const counts = new Map<string, { last: number; infinite?: number; count?: number }>();
  const problems: string[] = [];
  for (const sample of samples) {
    const { le, ...labels } = sample.labels;
    const key = JSON.stringify(labels);
    const known = counts.get(key) ?? { last: 0 };
    counts.set(key, known);
    if (sample.name.endsWith("_bucket")) {
      if (sample.value < known.last)
        problems.push(`${name}: bucket ${le} of ${key} is smaller than the one before`);
      known.last = sample.value;
      if (le === "+Inf") known.infinite = sample.value;
    } else if (sample.name.endsWith("_count")) known.count = sample.value;
  }
  for (const [key, { infinite, count }] of counts) {
    if (infinite === undefined || infinite !== count)
      problems.push(`${name}: ${key} has no last bucket that is its count`);
  }
  return problems;
}

/** The value of the one series that has these labels among its own. */
export function sampleOf(
  families: ReadonlyMap<string, Family>,
  sampleName: string,
  labels: { [label: string]: string } = {},
): number | undefined {
  const found = [...families.values()]
    .flatMap((family) => family.samples)
    .filter(
      ({ name, labels: own }) =>
        name === sampleName && Object.entries(labels).every(([label, value]) => own[label] === value),
    );
  if (found.length > 1) throw new Error(`${found.length} series of ${sampleName} have these labels`);
  return found[0]?.value;
}
