/** Kinds of settings: how a word from a flag or variable, or a value from the configuration file, becomes a checked value. */

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

export const choice = <const T extends string>(...values: readonly T[]): Kind<T> => ({
  hint: values.join("|"),
  expected: values.join(", "),
  read: (given) => values.find((value) => value === words(given)),
  show: (value) => value,
});

export const list = (hint: string): Kind<string[]> => ({
  hint,
  expected: "names with commas between them",
  read(given) {
    const names = (Array.isArray(given) ? given : (words(given)?.split(",") ?? [])).map((name) =>
      String(name).trim(),
    );
    return names.length > 0 && names.every((name) => name !== "") ? names : undefined;
  },
  show: (value) => value,
});

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

/** Bytes. */
export const bytes: Kind<number> = measure("64mb", "a size such as 512kb, 64mb or 2gb", {
  b: 1,
  kb: 2 ** 10,
  mb: 2 ** 20,
  gb: 2 ** 30,
});
/** Milliseconds. */
export const duration: Kind<number> = measure("30s", "a time such as 250ms, 30s or 5m", {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
});

function measure(hint: string, expected: string, units: { [unit: string]: number }): Kind<number> {
  return {
    hint,
    expected,
    read(given) {
      const [, digits, unit] = /^(\d+(?:\.\d+)?) *([a-z]+)$/i.exec(words(given) ?? "") ?? [];
      const size = unit === undefined ? undefined : units[unit.toLowerCase()];
      return size === undefined ? undefined : Math.round(Number(digits) * size);
    },
    show(value) {
      const [unit, size] = Object.entries(units).findLast(
        ([, size]) => value >= size && value % size === 0,
      ) ?? ["", 1];
      return unit === "" ? `0${Object.keys(units)[0]}` : `${value / size}${unit}`;
    },
  };
}
