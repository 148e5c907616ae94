/** Which collections a key is about: exact names, and beginnings of names with a "*" after them. */
import { badInput, list } from "../../model/bad-input.ts";
import { validateName } from "../../model/validate-schema.ts";

export class Scope {
  /** Undefined: all collections. */
  readonly patterns: readonly string[] | undefined;
  /** "*" alone says the same as saying nothing. */
  readonly isAll: boolean;
  readonly #names: ReadonlySet<string>;
  readonly #prefixes: readonly string[];

  private constructor(patterns: readonly string[] | undefined) {
    this.patterns = patterns;
    this.isAll = patterns?.includes("*") ?? true;
    this.#names = new Set(patterns?.filter((pattern) => !pattern.endsWith("*")));
    this.#prefixes = (patterns ?? [])
      .filter((pattern) => pattern.endsWith("*"))
      .map((pattern) => pattern.slice(0, -1));
  }

  static readonly all: Scope = new Scope(undefined);

  /** @throws FrancaError invalid_argument */
  static of(patterns: unknown, where: string): Scope {
    const all = list(patterns, where, 'names of collections, or beginnings with "*" after them').map(
      (pattern) => validateName(pattern, where),
    );
    if (all.length === 0) {
      throw badInput(where, "at least one name; leave it out for a key that is about all collections");
    }
    for (const pattern of all) {
      if (pattern.slice(0, -1).includes("*"))
        throw badInput(where, 'a "*" at the end of a name only', pattern);
    }
    return new Scope(all);
  }

  has(collection: string): boolean {
    if (this.isAll || this.#names.has(collection)) return true;
    // What is no text at all is no name within it, and its checks come later.
    return typeof collection === "string" && this.#prefixes.some((prefix) => collection.startsWith(prefix));
  }

  toString(): string {
    return this.patterns?.join(", ") ?? "all collections";
  }
}
