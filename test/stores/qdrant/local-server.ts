/** Qdrant's local mode, by its own makers, as a server in a process of its own. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { root } from "../../rules/sources.ts";
import { python } from "../../wire/python.ts";

export async function localServer(): Promise<{ url: string; stop(): Promise<void> }> {
  const child = spawn(python!, [join(root, "test/stores/qdrant/local-server.py")], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = new Promise<void>((resolve) => child.on("close", () => resolve()));
  const port = await new Promise<string>((resolve, reject) => {
    child.stdout.once("data", (text: Buffer) => resolve(text.toString().trim()));
    void ended.then(() => reject(new Error("the local mode's server has ended")));
  });
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      child.stdin.end();
      await ended;
    },
  };
}
