/** `franca serve` in a process of its own, over a folder, on a free port. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const cli = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const probe = new URL("./soak-probe.mjs", import.meta.url).href;

export async function startServer(folder) {
  const child = fork(cli, ["serve", "--db", folder, "--franca-port", "0", "--log-level", "error"], {
    execArgv: ["--expose-gc", "--import", probe],
    stdio: ["ignore", "inherit", "pipe", "ipc"],
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    said += text;
  });
  const ended = once(child, "exit").then(([code, signal]) => ({ code, signal }));
  while (!/franca at http:\S+/.test(said)) {
    const outcome = await Promise.race([ended, once(child.stderr, "data").then(() => undefined)]);
    if (outcome !== undefined) throw new Error(`the server did not start:\n${said}`);
  }
  const [, port] = /franca at http:\/\/[^:]+:(\d+)/.exec(said);
  return {
    port: Number(port),
    ended,
    /** All that it wrote to its standard error. */
    said: () => said,
    async sample() {
      child.send("sample");
      const [sample] = await once(child, "message");
      return sample;
    },
    async stop() {
      child.kill("SIGTERM");
      return ended;
    },
  };
}
