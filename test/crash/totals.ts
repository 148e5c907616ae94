/** What the lives of children came to, in numbers, and where the next one should die. */
import { momentsOf } from "./points.ts";

export class Totals {
  kills = 0;
  /** Lives that closed their database first. */
  ended = 0;
  acknowledged = 0;
  inFlight = 0;
  survived = 0;
  readonly underLimit = {
    kills: 0,
    acknowledged: 0,
    refused: 0,
    mapped: 0,
    mappedAtOpening: 0,
    didNotFit: 0,
  };
  /** Of named points, how often one died there. */
  readonly deaths: Map<string, number> = new Map();
  /** Operations that children came by, so that one can die there, and the most times in one life. */
  readonly mostVisits: Map<string, number> = new Map();

  toString(): string {
    const { kills, acknowledged, refused, mapped, mappedAtOpening, didNotFit } = this.underLimit;
    const deaths = [...this.deaths]
      .sort()
      .map(([point, count]) => `  ${String(count).padStart(5)}  ${point}`);
    return [
      `kills ${this.kills} (and ${this.ended} lives that closed first), acknowledged calls ${this.acknowledged}, in flight ${this.inFlight} (of which ${this.survived} happened), lost 0, phantom 0`,
      `under a limit ${kills} kills: ${acknowledged} calls acknowledged, ${refused} refused, rows mapped in ${mapped} lives and at ${mappedAtOpening} openings, ${didNotFit} openings refused`,
      `died at ${this.deaths.size} points:`,
      ...deaths,
    ].join("\n");
  }
}

/** Points that few have died at are chosen most. Where a life comes by once, it has to be the first time. */
export function planOf(random: () => number, totals: Totals): { point?: string; nth: number } {
  const known = [...totals.mostVisits.keys()].flatMap(momentsOf);
  if (known.length === 0 || random() < 0.2) return { nth: 1 + Math.floor(random() ** 2 * 1200) };
  const deaths = (point: string) => totals.deaths.get(point) ?? 0;
  const some = Array.from({ length: 8 }, () => known[Math.floor(random() * known.length)]!);
  const point = some.sort((a, b) => deaths(a) - deaths(b))[0]!;
  const most = totals.mostVisits.get(point.slice(point.indexOf(" ") + 1))!;
  return { point, nth: 1 + Math.floor(random() ** 2 * most) };
}
