/**
 * What a power cut may leave on a disk, after ALICE (Pillai et al., "All File Systems Are Not Created Equal", OSDI
 * 2014). Of what was not synced anything may be there: each 512-byte sector of a file as it was after any of the
 * writes to it; sizes apart from content (so that there are zeros, or what others left, where nothing was written, and
 * content that no size reaches); each name's creation, renaming or removal, in a folder as in any other order.
 */
import { createHash } from "node:crypto";
import {
  applyToFile,
  applyToFolder,
  Disk,
  type Entry,
  type FileEvent,
  type FolderEvent,
  SimulatedDirectory,
  SimulatedFile,
  type Span,
} from "../engine/disk.ts";

const sectorBytes = 512;
/** Of files with more sectors that may be old or new only some mixtures are tried. */
const mostFreeSectors = 5;

/** What a folder was found to hold, before it is known what the files hold. */
interface FoundFolder {
  folder: SimulatedDirectory;
  entries: Map<string, SimulatedFile | FoundFolder>;
}

/** One state, as chance has it. */
export function randomCrashState(disk: Disk, at: number, random: () => number): Disk {
  const choose = (events: readonly FolderEvent[]) => events.filter(() => random() < 0.5);
  const found = findFolder(disk.root, at, choose);
  return stateOf(found, (file) => randomContent(file, at, random));
}

export interface CrashState {
  /** Equal for equal disks. */
  hash: string;
  disk(): Disk;
}

/**
 * Every state that a power cut at a moment may leave, or, where there are more than `limit`, that many of them.
 * Files of which only a ".new" is left are read by nobody: they are tried empty, in part and whole.
 */
export function* crashStates(
  disk: Disk,
  at: number,
  limit: number,
  random: () => number,
): Generator<CrashState> {
  const contents = new Map<SimulatedFile, Uint8Array[]>();
  const contentsOf = (file: SimulatedFile, isTemporary: boolean) => {
    let all = contents.get(file);
    if (all === undefined) {
      all = allContents(file, at);
      contents.set(file, all);
    }
    return isTemporary && all.length > 3 ? [all[0]!, all[all.length >> 1]!, all.at(-1)!] : all;
  };
  const trees = [...allFolders(disk.root, at)].map((found) => {
    const files = [...filesIn(found)].map(({ file, name }) => ({
      file,
      contents: contentsOf(file, name.endsWith(".new")),
    }));
    return { found, files, states: files.reduce((product, file) => product * file.contents.length, 1) };
  });
  const total = trees.reduce((sum, tree) => sum + tree.states, 0);
  const isAll = total <= limit;
  for (let n = 0; n < (isAll ? total : limit); n++) {
    let rest = isAll ? n : Math.floor(random() * total);
    let tree = 0;
    while (rest >= trees[tree]!.states) rest -= trees[tree++]!.states;
    const chosen = new Map<SimulatedFile, Uint8Array>();
    for (const { file, contents: all } of trees[tree]!.files) {
      chosen.set(file, all[rest % all.length]!);
      rest = Math.floor(rest / all.length);
    }
    yield stateWith(trees[tree]!.found, chosen);
  }
}

function stateWith(found: FoundFolder, contents: ReadonlyMap<SimulatedFile, Uint8Array>): CrashState {
  const hash = createHash("sha1");
  hashFolder(hash, found, contents);
  return { hash: hash.digest("hex"), disk: () => stateOf(found, (file) => contents.get(file)!) };
}

function hashFolder(
  hash: ReturnType<typeof createHash>,
  { entries }: FoundFolder,
  contents: ReadonlyMap<SimulatedFile, Uint8Array>,
): void {
  for (const name of [...entries.keys()].sort()) {
    const entry = entries.get(name)!;
    if (entry instanceof SimulatedFile) {
      const bytes = contents.get(entry)!;
      hash.update(`file ${name} ${bytes.length}\n`).update(bytes);
    } else {
      hash.update(`folder ${name} ${entry.entries.size}\n`);
      hashFolder(hash, entry, contents);
    }
  }
}

function* filesIn({ entries }: FoundFolder): Generator<{ file: SimulatedFile; name: string }> {
  for (const [name, entry] of entries) {
    if (entry instanceof SimulatedFile) yield { file: entry, name };
    else yield* filesIn(entry);
  }
}

function stateOf(found: FoundFolder, contentOf: (file: SimulatedFile) => Uint8Array): Disk {
  const disk = new Disk();
  disk.root.adopt(entriesOf(disk, found, contentOf));
  return disk;
}

function entriesOf(
  disk: Disk,
  { entries }: FoundFolder,
  contentOf: (file: SimulatedFile) => Uint8Array,
): Map<string, Entry> {
  const made = new Map<string, Entry>();
  for (const [name, entry] of entries) {
    if (entry instanceof SimulatedFile) made.set(name, new SimulatedFile(contentOf(entry)));
    else {
      const folder = new SimulatedDirectory(disk, name);
      for (const [inner, innerEntry] of entriesOf(disk, entry, contentOf))
        folder.entries.set(inner, innerEntry);
      made.set(name, folder);
    }
  }
  return made;
}

/** Begun by then; those that a sync covers, which began after their end and had ended, are durable. */
function durableAndNot<E extends Span>(events: readonly E[], syncs: readonly Span[], at: number) {
  const began = events.filter(({ begin }) => begin <= at);
  const isDurable = (event: E) => syncs.some(({ begin, end }) => event.end < begin && end <= at);
  return { durable: began.filter(isDurable), open: began.filter((event) => !isDurable(event)) };
}

/** Whether everything done to a file by a moment is durable at another. */
export function isDurable(file: SimulatedFile, by: number, at: number): boolean {
  const before = file.events.filter(({ begin }) => begin <= by);
  return durableAndNot(before, file.syncs, at).open.length === 0;
}

function findFolder(
  folder: SimulatedDirectory,
  at: number,
  choose: (events: readonly FolderEvent[]) => readonly FolderEvent[],
): FoundFolder {
  const { durable, open } = durableAndNot(folder.events, folder.syncs, at);
  const names = new Map(folder.base);
  for (const event of durable) applyToFolder(names, event);
  for (const event of choose(open)) applyToFolder(names, event);
  const entries = new Map<string, SimulatedFile | FoundFolder>();
  for (const [name, entry] of names) {
    entries.set(name, entry instanceof SimulatedFile ? entry : findFolder(entry, at, choose));
  }
  return { folder, entries };
}

/** By every subset of the changes of names that may not have happened. */
function* allFolders(root: SimulatedDirectory, at: number): Generator<FoundFolder> {
  // The choices are digits of a number that is counted up; which there are depends on those before.
  const digits: number[] = [];
  do {
    let used = 0;
    const choose = (events: readonly FolderEvent[]) =>
      events.filter(() => {
        if (used === digits.length) digits.push(0);
        return digits[used++] === 0;
      });
    yield findFolder(root, at, choose);
    digits.length = used;
    while (digits.at(-1) === 1) digits.pop();
    if (digits.length > 0) digits[digits.length - 1] = 1;
  } while (digits.length > 0);
}

/** A file's content after the durable events, and after each of those that may not have happened. */
function versionsOf(file: SimulatedFile, at: number): Uint8Array[] {
  const { durable, open } = durableAndNot(file.events, file.syncs, at);
  const versions = [durable.reduce<Uint8Array>((content, event) => applyToFile(content, event), file.base)];
  for (const event of open) versions.push(applyToFile(versions.at(-1)!, event as FileEvent));
  return versions;
}

function randomContent(file: SimulatedFile, at: number, random: () => number): Uint8Array {
  const versions = versionsOf(file, at);
  const pick = () => Math.floor(random() * versions.length);
  const { length } = versions[pick()]!;
  const sectors = Array.from({ length: Math.ceil(length / sectorBytes) }, pick);
  // Whole pages reach the medium together more often than not.
  const byPage = random() < 0.5 ? sectors.map((_, i) => sectors[i - (i % 8)]!) : sectors;
  return mixed(versions, length, byPage, random() < 0.5);
}

/** Different contents only: the old one first, the new one last. */
function allContents(file: SimulatedFile, at: number): Uint8Array[] {
  const versions = versionsOf(file, at);
  const newest = versions.length - 1;
  if (newest === 0) return versions;
  const sizes = new Set(versions.map(({ length }) => length));
  const contents = new Map<string, Uint8Array>();
  const add = (content: Uint8Array) => contents.set(Buffer.from(content).toString("latin1"), content);
  add(versions[0]!);
  for (const size of sizes) {
    for (const sectors of mixtures(versions, size)) {
      for (const isGarbage of [false, true]) add(mixed(versions, size, sectors, isGarbage));
    }
  }
  const last = Buffer.from(versions[newest]!).toString("latin1");
  contents.delete(last);
  return [...contents.values(), versions[newest]!];
}

/** Which version each sector is of: all combinations where few differ, else each alone old or new, and a border. */
function* mixtures(versions: readonly Uint8Array[], size: number): Generator<number[]> {
  const count = Math.ceil(size / sectorBytes);
  const choices = Array.from({ length: count }, (_, sector) => differing(versions, sector));
  const free = choices.flatMap((all, sector) => (all.length > 1 ? [sector] : []));
  const oldest = choices.map((all) => all[0]!);
  const newest = choices.map((all) => all.at(-1)!);
  const combinations = free.reduce((product, sector) => product * choices[sector]!.length, 1);
  if (combinations <= 3 ** mostFreeSectors) {
    for (let n = 0; n < combinations; n++) {
      let rest = n;
      yield choices.map((all) => {
        const choice = all[rest % all.length]!;
        rest = Math.floor(rest / all.length);
        return choice;
      });
    }
    return;
  }
  for (const at of free) {
    yield oldest.map((version, sector) => (sector === at ? newest[sector]! : version));
    yield newest.map((version, sector) => (sector === at ? oldest[sector]! : version));
    yield newest.map((version, sector) => (sector < at ? version : oldest[sector]!));
    yield newest.map((version, sector) => (sector >= at ? version : oldest[sector]!));
  }
  yield newest;
}

/** The first version of each content that the sector ever had. */
function differing(versions: readonly Uint8Array[], sector: number): number[] {
  const seen = new Set<string>();
  return versions.flatMap((version, i) => {
    const bytes = version.subarray(sector * sectorBytes, (sector + 1) * sectorBytes);
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
    if (seen.has(text)) return [];
    seen.add(text);
    return [i];
  });
}

function mixed(
  versions: readonly Uint8Array[],
  size: number,
  sectors: readonly number[],
  isGarbage: boolean,
): Uint8Array {
  const content = new Uint8Array(size);
  // Where the size is ahead of the content lies nothing, or what the medium held before.
  if (isGarbage) for (let i = 0; i < size; i++) content[i] = (i * 167 + 13) & 0xff;
  sectors.forEach((version, sector) => {
    const start = sector * sectorBytes;
    content.set(versions[version]!.subarray(start, Math.min(start + sectorBytes, size)), start);
  });
  return content;
}
