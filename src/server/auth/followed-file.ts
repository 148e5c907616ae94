/**
 * A file that is read again when it changes. It is looked at each second: events of the file system miss how editors, links
 * and volumes replace files.
 */
import type { BigIntStats } from "node:fs";
import { stat } from "node:fs/promises";

export interface FollowedFile {
  /** Looks at once. */
  look(): Promise<void>;
  stop(): void;
}

const lookEveryMs = 1_000;
/** Two changes within one tick of the file system's clock look alike: a file as young as this is read once more. */
const youngMs = 3_000;

/**
 * @param read is called when the file may have changed, with what is known of it; what it throws, and that the file is
 * missing, goes to `onFailure`, each time it is looked at, until it is mended.
 */
export function followFile(
  path: string,
  read: (stats: BigIntStats) => Promise<void>,
  onFailure: (error: unknown) => void,
): FollowedFile {
  let seen = "";
  let looking: Promise<void> | undefined;
  const lookOnce = async (): Promise<void> => {
    try {
      const stats = await stat(path, { bigint: true });
      const stamp = [stats.dev, stats.ino, stats.size, stats.mtimeNs, stats.ctimeNs].join();
      const isYoung = Math.abs(Date.now() - Number(stats.mtimeMs)) < youngMs;
      if (stamp === seen && !isYoung) return;
      seen = "";
      await read(stats);
      seen = stamp;
    } catch (error) {
      seen = "";
      onFailure(error);
    }
  };
  // A look that is asked for during another comes after it: what changed in between is seen.
  const look = (): Promise<void> => {
    const next = (looking ?? Promise.resolve()).then(lookOnce);
    looking = next;
    void next.then(() => {
      if (looking === next) looking = undefined;
    });
    return next;
  };
  const timer = setInterval(() => {
    if (looking === undefined) void look();
  }, lookEveryMs).unref();
  return { look, stop: () => clearInterval(timer) };
}
