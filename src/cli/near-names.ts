/** Which of the known names somebody may have meant by one that there is not. */

/** At most three: those that have it as one of their words ("port" of "franca-port"), else those spelt nearly so. */
export function nearNames(given: string, known: readonly string[]): string[] {
  const whole = known.filter((name) => name.split("-").includes(given));
  if (whole.length > 0) return whole.slice(0, 3);
  const most = given.length > 5 ? 3 : 2;
  return known
    .map((name) => ({ name, away: distance(given, name) }))
    .filter(({ away }) => away <= most)
    .sort((a, b) => a.away - b.away)
    .map(({ name }) => name)
    .slice(0, 3);
}

/** Levenshtein's. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}
