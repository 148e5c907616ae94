/** `franca serve` in a process of its own, over a folder, on a free port. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as after } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const cli = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const probe = new URL("./soak-probe.mjs", import.meta.url).href;

export async function startServer(folder) {
  const ports = ["--dialect", "franca", "--franca-port", "0", "--franca-grpc-port", "0"];
  const child = fork(cli, ["serve", "--db", folder, ...ports, "--log-format", "json"], {
    execArgv: ["--expose-gc", "--import", probe],
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => {
      said += text;
    });
  }
  const ended = once(child, "exit").then(([code, signal]) => ({ code, signal }));
  const address = /"franca":"http:\/\/[^:]+:(\d+)","franca-grpc":"[^:]+:(\d+)"/;
  while (!address.test(said)) {
    const outcome = await Promise.race([ended, after(20)]);
    if (outcome !== undefined) throw new Error(`the server did not start:\n${said}`);
  }
  const [, port, grpcPort] = address.exec(said);
  return {
    port: Number(port),
    grpcPort: Number(grpcPort),
    ended,
    /** All that it wrote. */
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
