/**
 * Where a child has to have died in the slow suite: before and after everything that changes a file or a folder, and
 * within every write. Names as killing-directory.mjs makes them.
 */
const replaced = [
  "catalog",
  "manifest",
  "slots.checkpoint",
  "payload-indexes.checkpoint",
  "graph.checkpoint",
];

const operations: readonly string[] = [
  ...replaced.flatMap((file) => [
    `create ${file}.new`,
    `truncate ${file}.new`,
    `write ${file}.new`,
    `sync ${file}.new`,
    `rename ${file}`,
  ]),
  ...["segment.log", "segment.vectors"].flatMap((file) => [
    `create ${file}`,
    `truncate ${file}`,
    `write ${file}`,
    `sync ${file}`,
  ]),
  // What compaction writes, and what it replaces.
  ...["compacted.log", "compacted.vectors"].flatMap((file) => [
    `write ${file}`,
    `sync ${file}`,
    `remove ${file}`,
    `remove ${file.replace("compacted", "segment")}`,
  ]),
  "folder collection",
  "remove collection",
  "sync collection",
  "sync root",
];

export const namedPoints: readonly string[] = operations.flatMap(momentsOf);

/** The points of an operation, by the name that visits are counted under. */
export function momentsOf(operation: string): string[] {
  if (operation.startsWith("read ")) return [`before ${operation}`];
  const moments = ["before", "during", "after", ...(operation.startsWith("write ") ? ["within"] : [])];
  return moments.map((moment) => `${moment} ${operation}`);
}
