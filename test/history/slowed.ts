/** A directory whose every operation takes a random number of turns of the event loop, so that calls interleave. */
import type { Directory, File } from "../../src/engine/file.ts";

export function slowed(directory: Directory, random: () => number): Directory {
  const wait = async () => {
    for (let turns = Math.floor(random() * 4); turns > 0; turns--) await new Promise(setImmediate);
  };
  const slowedFile = (file: File): File => ({
    name: file.name,
    size: () => wait().then(() => file.size()),
    read: (offset, length) => wait().then(() => file.read(offset, length)),
    write: (offset, pieces) => wait().then(() => file.write(offset, pieces)),
    truncate: (size) => wait().then(() => file.truncate(size)),
    sync: () => wait().then(() => file.sync()),
    close: () => wait().then(() => file.close()),
  });
  return {
    location: directory.location,
    list: () => wait().then(() => directory.list()),
    open: async (name, options) => {
      await wait();
      return slowedFile(await directory.open(name, options));
    },
    directory: async (name) => slowed(await directory.directory(name), random),
    remove: (name) => wait().then(() => directory.remove(name)),
    rename: (from, to) => wait().then(() => directory.rename(from, to)),
    sync: () => wait().then(() => directory.sync()),
    lock: () => directory.lock(),
  };
}
