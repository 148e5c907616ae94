/**
 * Counters and histograms of what happens a thousand times a second. A series is made once and kept by whoever adds to it: a
 * number goes up, and no label is looked at before somebody reads the page.
 */

export type Labels = { readonly [name: string]: string };

/** Metrics of one name, in Prometheus' text format. */
export abstract class Family<S extends Series> {
  readonly name: string;
  readonly help: string;
  abstract readonly type: "counter" | "histogram";
  readonly #series: Set<S> = new Set();

  constructor(name: string, help: string) {
    this.name = name;
    this.help = help;
  }

  /** The same labels must not be asked for twice. */
  series(labels: Labels): S {
    const made = this.make(shown(labels));
    this.#series.add(made);
    return made;
  }

  /** It is told no more. */
  end(series: S): void {
    this.#series.delete(series);
  }

  /** In pieces, of a few lines each. */
  *text(): Generator<string> {
    yield `# HELP ${this.name} ${this.help}\n# TYPE ${this.name} ${this.type}\n`;
    for (const one of this.#series) yield one.text(this.name);
  }

  protected abstract make(labels: string): S;
}

export interface Series {
  text(name: string): string;
}

export class CounterFamily extends Family<CounterSeries> {
  readonly type = "counter";

  protected make(labels: string): CounterSeries {
    return new CounterSeries(labels);
  }
}

export class CounterSeries implements Series {
  readonly #labels: string;
  #value = 0;

  constructor(labels: string) {
    this.#labels = labels;
  }

  add(count = 1): void {
    this.#value += count;
  }

  text(name: string): string {
    return `${name}${braced(this.#labels)} ${this.#value}\n`;
  }
}

export class HistogramFamily extends Family<HistogramSeries> {
  readonly type = "histogram";
  readonly #bounds: readonly number[];

  /** @param bounds of the buckets, ascending; one without a bound follows */
  constructor(name: string, help: string, bounds: readonly number[]) {
    super(name, help);
    this.#bounds = bounds;
  }

  protected make(labels: string): HistogramSeries {
    return new HistogramSeries(labels, this.#bounds);
  }
}

export class HistogramSeries implements Series {
  readonly #labels: string;
  readonly #bounds: readonly number[];
  /** Of each bucket by itself; the last has no bound. */
  readonly #counts: number[];
  #sum = 0;

  constructor(labels: string, bounds: readonly number[]) {
    this.#labels = labels;
    this.#bounds = bounds;
    this.#counts = new Array<number>(bounds.length + 1).fill(0);
  }

  observe(value: number): void {
    let bucket = 0;
    while (bucket < this.#bounds.length && value > this.#bounds[bucket]!) bucket++;
    this.#counts[bucket]! += 1;
    this.#sum += value;
  }

  text(name: string): string {
    const inside = this.#labels === "" ? "" : `${this.#labels},`;
    let lines = "";
    let count = 0;
    for (const [bucket, own] of this.#counts.entries()) {
      count += own;
      const bound = this.#bounds[bucket];
      lines += `${name}_bucket{${inside}le="${bound ?? "+Inf"}"} ${count}\n`;
    }
    const labels = braced(this.#labels);
    return `${lines}${name}_sum${labels} ${this.#sum}\n${name}_count${labels} ${count}\n`;
  }
}

function shown(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(",");
}

function braced(labels: string): string {
  return labels === "" ? "" : `{${labels}}`;
}

function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
