/** Kinds of settings: how a word from a flag or variable, or a value from the configuration file, becomes a checked value. */
import { isIPv6 } from "node:net";

export interface Kind<T> {
  /** As help shows it: "64mb". */
  hint: string;
  /** For messages: "a size such as 64mb". */
  expected: string;
  /** Undefined when it is none. */
  read(given: unknown): T | undefined;
  /** How a value is written in a configuration file. */
  show(value: T): string | number | boolean | string[];
  isSecret?: true;
}

const words = (given: unknown): string | undefined =>
  typeof given === "string" ? given.trim() : typeof given === "number" ? String(given) : undefined;

export const text = (hint: string): Kind<string> => ({
  hint,
  expected: "a text",
  read: (given) => (typeof given === "string" && given.trim() !== "" ? given.trim() : undefined),
  show: (value) => value,
});

/** Never shown, never logged. */
export const secret: Kind<string> = {
  ...text("key"),
  expected: "a key",
  show: () => "********",
  isSecret: true,
};

export const file: Kind<string> = { ...text("path"), expected: "the path of a file" };

export const flag: Kind<boolean> = {
  hint: "",
  expected: "true or false",
  read(given) {
    if (typeof given === "boolean") return given;
    return /^(true|1|yes|on)$/i.test(String(given))
      ? true
      : /^(false|0|no|off)$/i.test(String(given))
        ? false
        : undefined;
  },
  show: (value) => value,
};

/** Where it listens: without a scheme, a port or a path. */
export const address: Kind<string> = {
  hint: "address",
  expected: "an address or a name without a port, such as 127.0.0.1, 0.0.0.0, ::1 or localhost",
  read(given) {
    const word = words(given) ?? "";
    const bare = word.replace(/^\[(.*)\]$/, "$1");
    if (isIPv6(bare.replace(/%\w+$/, ""))) return bare;
    return /^[\w.-]+$/.test(word) ? word : undefined;
  },
  show: (value) => value,
};

/** Of web pages, as browsers name them. */
export const origins: Kind<string[]> = {
  hint: "origin,…",
  expected: 'origins such as https://console.example with commas between them, or "*"',
  read(given) {
    const all = names.read(given);
    return all?.every((one) => one === "*" || isOrigin(one)) ? all : undefined;
  },
  show: (value) => value,
};

function isOrigin(text: string): boolean {
  return /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text;
}

export const choice = <const T extends string>(...values: readonly T[]): Kind<T> => ({
  hint: values.join("|"),
  expected: values.join(", "),
  read: (given) => values.find((value) => value === words(given)),
  show: (value) => value,
});

export const names: Kind<string[]> = {
  hint: "name,…",
  expected: "names with commas between them",
  read(given) {
    const all = (Array.isArray(given) ? given : (words(given)?.split(",") ?? [])).map((name) =>
      String(name).trim(),
    );
    return all.length > 0 && all.every((name) => name !== "") ? all : undefined;
  },
  show: (value) => value,
};

export const count = (least: number, most: number = Number.MAX_SAFE_INTEGER): Kind<number> => ({
  hint: "n",
  expected:
    most === Number.MAX_SAFE_INTEGER
      ? `a whole number of at least ${least}`
      : `a whole number from ${least} to ${most}`,
  read(given) {
    const word = words(given);
    const number = word === undefined || word === "" ? Number.NaN : Number(word);
    return Number.isSafeInteger(number) && number >= least && number <= most ? number : undefined;
  },
  show: (value) => value,
});

export const port: Kind<number> = { ...count(0, 65_535), hint: "port" };

export const share: Kind<number> = {
  hint: "0…1",
  expected: "a share from 0 to 1",
  read(given) {
    const word = words(given);
    const number = word === undefined || word === "" ? Number.NaN : Number(word);
    return number >= 0 && number <= 1 ? number : undefined;
  },
  show: (value) => value,
};

const sizes = { b: 1, kb: 2 ** 10, mb: 2 ** 20, gb: 2 ** 30 };
const times = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
/** A timer that is set for longer fires at once. */
const longestTimerMs = 2 ** 31 - 1;

/** Bytes. */
export const bytes = (least: number): Kind<number> => {
  const expected = "a size such as 512kb, 64mb or 2gb";
  const range = least > 1 ? `, at least ${shown(least, sizes)}` : ", more than 0";
  return {
    hint: "64mb",
    expected: expected + range,
    read: (given) => within(least, Number.MAX_SAFE_INTEGER, measured(given, sizes)),
    show: (value) => shown(value, sizes),
  };
};

/** Milliseconds. Nothing takes no time but where 0 means not to wait. */
export const duration = (least: 0 | 1): Kind<number> => ({
  hint: "30s",
  expected: `a time such as 250ms, 30s or 5m, ${least === 0 ? "0" : "more than 0"} to 596h`,
  read: (given) => within(least, longestTimerMs, measured(given, times)),
  show: (value) => shown(value, times),
});

/** Milliseconds from which on something is told: 0 is always, "never" is Infinity. */
export const threshold: Kind<number> = {
  hint: "30s",
  expected: "a time such as 250ms or 30s, 0 for each, or never",
  read: (given) => (words(given) === "never" ? Number.POSITIVE_INFINITY : measured(given, times)),
  show: (value) => (value === Number.POSITIVE_INFINITY ? "never" : shown(value, times)),
};

/** Nothing needs no unit. */
function measured(given: unknown, units: { readonly [unit: string]: number }): number | undefined {
  const word = words(given) ?? "";
  if (word === "0") return 0;
  const [, digits, unit] = /^(\d+(?:\.\d+)?) *([a-z]+)$/i.exec(word) ?? [];
  const size = unit === undefined ? undefined : units[unit.toLowerCase()];
  return size === undefined ? undefined : Math.round(Number(digits) * size);
}

function within(least: number, most: number, value: number | undefined): number | undefined {
  return value !== undefined && value >= least && value <= most ? value : undefined;
}

function shown(value: number, units: { readonly [unit: string]: number }): string {
  const [unit, size] = Object.entries(units).findLast(([, size]) => value >= size && value % size === 0) ?? [
    "",
    1,
  ];
  return unit === "" ? "0" : `${value / size}${unit}`;
}
