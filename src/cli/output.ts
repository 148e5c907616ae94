/**
 * Writes to stdout and waits when its reader is slower, so that a long answer does not pile up in memory.
 */
import { once } from "node:events";

export async function write(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, "drain");
}
