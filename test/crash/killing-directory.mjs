// A Directory that kills its own process at a named point: "<moment> <operation> <kind of file>", for example
// "within write segment.log". Used by child.mjs; the parent chooses the point.
//   before, after: the operation has not begun, has ended
//   during: it has begun, and may or may not happen
//   within: of a write, some of the bytes are there
import { writeSync } from "node:fs";

/**
 * Folders are "root" and "collection", files lose their numbers: segment.vectors, graph.checkpoint.new. Segments that
 * compaction wrote are "compacted", once their header says so.
 */
export function kindOf(name, compacted = new Set()) {
  const kind = name.replaceAll(/-\d+/g, "");
  return compacted.has(numberOf(name)) ? kind.replace("segment", "compacted") : kind;
}

function numberOf(name) {
  return /^segment-(\d+)/.exec(name)?.[1];
}

function isCompactedHeader(bytes) {
  return bytes !== undefined && bytes.length >= 24 && (bytes[20] & 1) === 1;
}

export class KillPoints {
  /** How often each operation was come by. */
  visits = new Map();
  #point;
  #left;
  #random;
  #leftAtMost = Number.POSITIVE_INFINITY;

  /** @param plan {point, nth}; without a point the nth operation of any kind is the last */
  constructor({ point, nth }, random) {
    this.#point = point;
    this.#left = nth;
    this.#random = random;
  }

  /** Whatever the plan, one of the next so many operations is the last: life would end without it coming about. */
  soon(operations) {
    this.#leftAtMost = 1 + Math.floor(this.#random() * operations);
  }

  async run(operation, kind, act, actHalf) {
    const name = `${operation} ${kind}`;
    this.visits.set(name, (this.visits.get(name) ?? 0) + 1);
    const moment = this.#due(name, actHalf !== undefined);
    if (moment === "before") this.die(`before ${name}`);
    if (moment === "during") {
      act().catch(() => {});
      this.die(`during ${name}`);
    }
    if (moment === "within") {
      await actHalf(this.#random());
      this.die(`within ${name}`);
    }
    const result = await act();
    if (moment === "after") this.die(`after ${name}`);
    return result;
  }

  /** SIGKILL, as the parent would send it: nothing is flushed, nothing is closed. */
  die(point) {
    writeSync(1, `died ${JSON.stringify({ point, visits: Object.fromEntries(this.visits) })}\n`);
    process.kill(process.pid, "SIGKILL");
    // Nothing more happens in this thread, even should the signal take its time.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  }

  #due(name, hasHalf) {
    if (--this.#leftAtMost <= 0) return this.#anyMoment(hasHalf);
    if (this.#point === undefined) return --this.#left > 0 ? undefined : this.#anyMoment(hasHalf);
    const [moment, ...rest] = this.#point.split(" ");
    if (rest.join(" ") !== name || --this.#left > 0) return undefined;
    return moment;
  }

  #anyMoment(hasHalf) {
    const moments = ["before", "after", "during", ...(hasHalf ? ["within"] : [])];
    return moments[Math.floor(this.#random() * moments.length)];
  }
}

export function killingDirectory(directory, points, kind = "root") {
  const compacted = new Set();
  return {
    location: directory.location,
    list: () => directory.list(),
    lock: () => directory.lock(),
    open: async (name, options) => {
      const open = () => directory.open(name, options);
      const file = options?.create ? await points.run("create", kindOf(name), open) : await open();
      return killingFile(file, points, compacted);
    },
    directory: async (name) =>
      killingDirectory(
        await points.run("folder", kindOf(name), () => directory.directory(name)),
        points,
        kindOf(name),
      ),
    remove: (name) => points.run("remove", kindOf(name, compacted), () => directory.remove(name)),
    rename: (from, to) => points.run("rename", kindOf(to), () => directory.rename(from, to)),
    sync: () => points.run("sync", kind, () => directory.sync()),
  };
}

function killingFile(file, points, compacted) {
  const isLog = file.name.startsWith("segment-") && file.name.endsWith(".log");
  const note = (header) => {
    if (isLog && isCompactedHeader(header)) compacted.add(numberOf(file.name));
  };
  // Whatever else a file can do by now, it does itself.
  return new Proxy(file, {
    get(target, property) {
      const kind = kindOf(file.name, compacted);
      if (property === "read") {
        return async (offset, length) => {
          const bytes = await points.run("read", kind, () => target.read(offset, length));
          if (offset === 0) note(bytes);
          return bytes;
        };
      }
      if (property === "write") {
        return (offset, pieces) => {
          if (offset === 0) note(pieces[0]);
          return points.run(
            "write",
            kind,
            () => target.write(offset, pieces),
            (share) => target.write(offset, prefix(pieces, share)),
          );
        };
      }
      if (property === "truncate") return (size) => points.run("truncate", kind, () => target.truncate(size));
      if (property === "sync") return () => points.run("sync", kind, () => target.sync());
      const value = Reflect.get(target, property, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** A share of the bytes of a write. */
function prefix(pieces, share) {
  let left = Math.floor(share * pieces.reduce((sum, piece) => sum + piece.length, 0));
  const kept = [];
  for (const piece of pieces) {
    if (left <= 0) break;
    kept.push(piece.subarray(0, left));
    left -= piece.length;
  }
  return kept;
}
