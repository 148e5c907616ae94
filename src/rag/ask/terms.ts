/**
 * The words of a question that say what it is about, and whether a passage holds them.
 */
import { isFrancaError } from "../../errors.ts";
import type { Collection } from "../../store.ts";

/** Words that ask, point and bind. */
const common = new Set(
  (
    "a about after all also am an and any are as at be been before being between both but by can could did do does doing done " +
    "during each every few for from further get gets give given go goes got had has have having he her here hers him his how i if in into is it its " +
    "instead itself just know let like many may me might mine more most much must my name named need no nor not of off on once one only or other our out over own " +
    "per please same say she should so some such take tell than that the their them then there these they this those through to too " +
    "under until up us use used uses using very want was way we were what when where whether which while who whom whose why will with within without would you your"
  ).split(" "),
);

export interface Term {
  /** As it stands in the question, in lower case. */
  word: string;
  stem: string;
  /** ln(1 + points / points that hold it): what a rare word tells. */
  weight: number;
}

/** Content words of a question; all words where it has none. */
export function questionWords(question: string): string[] {
  const words = [...new Set(wordsOf(question))];
  const content = words.filter((word) => !common.has(word));
  return content.length > 0 ? content : words;
}

/** Weighs words by how many chunks of the collection hold them. */
export async function weighTerms(collection: Collection, words: readonly string[]): Promise<Term[]> {
  const { count: total } = await collection.count();
  return Promise.all(
    words.map(async (word) => ({
      word,
      stem: stem(word),
      weight: rarity(total, await holding(collection, word)),
    })),
  );
}

function rarity(total: number, holding: number): number {
  return Math.log(1 + (total + 1) / (holding + 0.5));
}

async function holding(collection: Collection, word: string): Promise<number> {
  try {
    return (await collection.count({ filter: { field: "text", match: word } })).count;
  } catch (error) {
    // A store that cannot match words weighs them alike.
    if (isFrancaError(error, "unimplemented")) return 0;
    throw error;
  }
}

/** Which share of the question's weight a text holds, 0 … 1. */
export function coverage(terms: readonly Term[], text: string): number {
  const stems = new Set(wordsOf(text).map(stem));
  let held = 0;
  let all = 0;
  for (const term of terms) {
    all += term.weight;
    if (holds(stems, term.stem)) held += term.weight;
  }
  return all === 0 ? 0 : held / all;
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+(?:['’][\p{L}]+)?/gu) ?? [];
}

/** Equal stems, or one that begins with the other: "install", "installation". */
function holds(stems: ReadonlySet<string>, wanted: string): boolean {
  if (stems.has(wanted)) return true;
  if (wanted.length < 5) return false;
  for (const stem of stems)
    if (
      stem.length >= 5 &&
      Math.abs(stem.length - wanted.length) <= 5 &&
      (stem.startsWith(wanted) || wanted.startsWith(stem))
    )
      return true;
  return false;
}

/** English endings only, and only so that a question's form meets its answer's. */
function stem(word: string): string {
  const bare = word.replace(/['’]s?$/, "");
  if (bare.length < 4) return bare;
  const ending = /(?:ies|sses|(?<![sui])s|ing|ed|ly)$/.exec(bare)?.[0];
  if (ending === undefined) return bare.replace(/(?<=...)[ye]$/, "");
  const rest = bare.slice(0, -ending.length);
  if (ending === "ies") return rest;
  if (ending === "sses") return `${rest}ss`;
  if (rest.length < 3 || !/[aeiouy]/.test(rest)) return bare;
  return (ending === "s" ? rest : rest.replace(/([^aeiouls])\1$/, "$1")).replace(/(?<=...)[ye]$/, "");
}
