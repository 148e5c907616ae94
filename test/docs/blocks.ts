/** Code blocks of Markdown files, by language. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { filesBelow, root } from "../rules/sources.ts";

export interface Block {
  file: string;
  /** Line of the first line of code, from 1. */
  line: number;
  language: string;
  code: string;
}

/** README.md, CONTRIBUTING.md and everything below docs/. */
export function documentedBlocks(): Block[] {
  const files = ["README.md", "CONTRIBUTING.md", ...filesBelow("docs", [".md"])];
  return files.flatMap((file) => blocksOf(file, readFileSync(join(root, file), "utf8")));
}

function blocksOf(file: string, text: string): Block[] {
  const blocks: Block[] = [];
  let open: { fence: string; block: Block } | undefined;
  text.split("\n").forEach((line, index) => {
    const fence = /^\s*(`{3,})(.*)$/.exec(line);
    if (
      open !== undefined &&
      fence !== null &&
      fence[1]!.length >= open.fence.length &&
      fence[2]!.trim() === ""
    ) {
      blocks.push(open.block);
      open = undefined;
    } else if (open !== undefined) {
      open.block.code += `${line}\n`;
    } else if (fence !== null) {
      open = { fence: fence[1]!, block: { file, line: index + 2, language: fence[2]!.trim(), code: "" } };
    }
  });
  if (open !== undefined)
    throw new Error(`${file}: the code block at line ${open.block.line} is never closed`);
  return blocks;
}
