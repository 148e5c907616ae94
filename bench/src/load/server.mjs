/** `franca serve` in a process of its own, and what it takes, by /proc. */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../../../dist/cli/main.js", import.meta.url));
/** Ticks a second in /proc: 100 on every Linux that Node runs on. */
const tickSeconds = 0.01;

/** @param nodeOptions of the server's process: --cpu-prof and the like */
export async function startServer(database, { nodeOptions = [], settings = [] } = {}) {
  const child = spawn(
    process.execPath,
    [
      ...nodeOptions,
      main,
      "serve",
      "--db",
      database,
      "--dialect",
      "franca,qdrant",
      "--franca-port",
      "0",
      "--franca-grpc-port",
      "0",
      "--log-format",
      "json",
      ...settings,
    ],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  let said = "";
  const addresses = await new Promise((resolve, reject) => {
    child.stderr.on("data", (bytes) => {
      said += bytes;
      const started = said.split("\n").find((line) => line.includes('"addresses"') && line.endsWith("}"));
      if (started === undefined) return;
      const { franca, qdrant, ...grpc } = JSON.parse(started).addresses;
      const { hostname, port } = new URL(franca);
      resolve({
        host: hostname,
        port: Number(port),
        grpc: grpc["franca-grpc"],
        qdrant,
        qdrantGrpc: grpc["qdrant-grpc"],
      });
    });
    child.once("exit", (code) => reject(new Error(`franca serve ended with ${code}: ${said}`)));
  });
  return {
    ...addresses,
    cpuSeconds: () => cpuSeconds(child.pid),
    memory: () => memory(child.pid),
    kill() {
      child.removeAllListeners("exit");
      child.kill("SIGKILL");
    },
    async stop() {
      child.removeAllListeners("exit");
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      await ended;
    },
  };
}

/** Of all its threads, in user and in system mode. */
function cpuSeconds(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * tickSeconds;
}

function memory(pid) {
  const text = readFileSync(`/proc/${pid}/status`, "utf8");
  const mib = (name) => Math.round(Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(text)[1]) / 1024);
  return { rssMiB: mib("VmRSS"), anonymousMiB: mib("RssAnon"), fileMiB: mib("RssFile") };
}
