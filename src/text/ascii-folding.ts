/** Letters with marks, and a few that Unicode does not take apart, as the ASCII letters that they look like. */

const marks = /\p{M}+/gu;
const beyondAscii = /[^\p{ASCII}]/u;

const letters: { readonly [letter: string]: string } = {
  ...{ ß: "ss", ẞ: "SS", æ: "ae", Æ: "AE", œ: "oe", Œ: "OE", ø: "o", Ø: "O", đ: "d", Đ: "D", ð: "d", Ð: "D" },
  ...{
    þ: "th",
    Þ: "TH",
    ł: "l",
    Ł: "L",
    ı: "i",
    ħ: "h",
    Ħ: "H",
    ŧ: "t",
    Ŧ: "T",
    ŋ: "n",
    Ŋ: "N",
    ĸ: "q",
    ſ: "s",
  },
};
const known = new RegExp(`[${Object.keys(letters).join("")}]`, "gu");

/** Marks of scripts other than Latin go as well; the letters of these stay. */
export function foldedToAscii(text: string): string {
  if (!beyondAscii.test(text)) return text;
  return text
    .normalize("NFKD")
    .replace(marks, "")
    .replace(known, (letter) => letters[letter]!);
}
