/** Which Franca this is, as package.json beside the sources and beside what was built of them says. */
import { readFileSync } from "node:fs";

export function francaVersion(): string {
  const file = new URL("../../../package.json", import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}
