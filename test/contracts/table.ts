/** A vitest reporter: the contract of stores as a table, laws × stores, with every skip and its reason. `npm run test:contract` */
import type { Reporter, TestCase, TestModule } from "vitest/node";

const suitePrefix = "the contract of a store, by ";
const signs = { passed: "✓", failed: "✗", pending: "?" } as const;

type Rows = Map<string, Map<string, string>>;

export default class ContractTable implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    console.log(contractTable(modules.flatMap((module) => [...module.children.allTests()])));
  }
}

export function contractTable(tests: readonly TestCase[]): string {
  const rows: Rows = new Map();
  const reasons: string[] = [];
  const stores: string[] = [];
  for (const test of tests) {
    const store = storeOf(test);
    if (store === undefined || test.name === "skips only laws that there are") continue;
    if (!stores.includes(store)) stores.push(store);
    const [law, reason] = lawOf(test.name);
    const row = rows.get(law) ?? new Map<string, string>();
    rows.set(law, row.set(store, signOf(test, reason, reasons)));
  }
  const legend = stores.map((store, i) => `${letter(i)}  ${store}`);
  const width = 3;
  const head = stores.map((_, i) => letter(i).padEnd(width)).join("");
  const body = [...rows].map(
    ([law, row]) => `${stores.map((store) => (row.get(store) ?? "·").padEnd(width)).join("")} ${law}`,
  );
  const counts = [...rows.values()].flatMap((row) => [...row.values()]);
  const passed = counts.filter((sign) => sign === signs.passed).length;
  const skipped = counts.filter((sign) => /^\d/.test(sign)).length;
  return [
    "",
    ...legend,
    "",
    `${head} law`,
    ...body,
    "",
    ...reasons.map((reason, i) => `${i + 1}  skipped: ${reason}`),
    `${rows.size} laws × ${stores.length} stores: ${passed} kept, ${skipped} skipped with a reason, ${counts.length - passed - skipped} broken`,
  ].join("\n");
}

function storeOf(test: TestCase): string | undefined {
  for (let parent = test.parent; parent.type === "suite"; parent = parent.parent) {
    if (parent.name.startsWith(suitePrefix)) return parent.name.slice(suitePrefix.length);
  }
  return undefined;
}

function lawOf(title: string): [law: string, reason: string | undefined] {
  const [, law, reason] = /^(.*) \(skipped: (.*)\)$/.exec(title) ?? [];
  return law === undefined ? [title, undefined] : [law, reason];
}

/** A skip is the number of its reason; one without a reason is as bad as a failure. */
function signOf(test: TestCase, reason: string | undefined, reasons: string[]): string {
  const { state } = test.result();
  if (state !== "skipped") return signs[state];
  if (reason === undefined) return signs.failed;
  if (!reasons.includes(reason)) reasons.push(reason);
  return String(reasons.indexOf(reason) + 1);
}

function letter(index: number): string {
  return String.fromCharCode(65 + index);
}
