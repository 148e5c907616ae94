/** docs/serving.md names every setting of `franca serve`, with its default and its words, and no other. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { dialects } from "../../src/cli/serve/dialects.ts";
import { portSettings, type Setting, settings } from "../../src/cli/serve/settings.ts";

it("the page's table is the settings that there are", () => {
  const page = readFileSync(new URL("../../docs/serving.md", import.meta.url), "utf8");
  const rows = page.split("\n").filter((line) => line.startsWith("| `"));
  const all: { readonly [name: string]: Setting } = { ...settings, ...portSettings(dialects) } as never;
  const expected = Object.entries(all).map(([name, { kind, default: fallback, description }]) => {
    const shown = fallback === undefined ? "" : String(kind.show(fallback as never));
    return `| \`${name}\` | ${kind.hint.replaceAll("|", " or ")} | ${shown} | ${description} |`;
  });
  expect(rows).toEqual(expected);
});
