/** Loaded into the server's process before anything else: says what the process holds when its parent asks. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

process.on("message", (message) => {
  if (message !== "sample") return;
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  // Names of open files and sockets; one may close while they are listed.
  const open = readdirSync("/proc/self/fd").map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return "";
    }
  });
  const [, rssKb] = /VmRSS:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"));
  process.send({
    rssMb: Number(rssKb) / 1024,
    heapMb: heapUsed / 2 ** 20,
    externalMb: external / 2 ** 20,
    handles: process.getActiveResourcesInfo().length,
    files: open.length,
    sockets: open.filter((name) => name.startsWith("socket:")).length,
  });
});
// The channel alone must not keep a stopped server alive.
process.channel?.unref();
