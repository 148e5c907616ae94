/**
 * Datetimes by what they denote: RFC 3339 strings and Dates as microseconds since 1970.
 * A float64 holds microseconds exactly from 1685 to 2255 and to within 32 of them in the years 0 … 9999.
 */

/** date "T" time [fraction] offset (RFC 3339, section 5.6); "t", "z" and a space for the T are allowed by it. */
const rfc3339 =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:\.(\d+))?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/;

/** Microseconds since 1970-01-01T00:00:00Z, further digits cut; undefined for what is no RFC 3339 date-time. */
export function parseDatetime(text: string): number | undefined {
  return microsOfParts(rfc3339.exec(text));
}

/** RFC 3339 again, and what Qdrant's payloads hold besides: offsets without their colon or minutes, or none (UTC), or no time. */
const loose =
  /^(\d{4})-(\d{1,2})-(\d{1,2})(?:(?:[Tt]| +)(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d+))?(?: *(?:[Zz]|([+-])(\d{2})(?::?(\d{2}))?))?| (\d{1,2}):(\d{1,2}))?$/;

/** As `parseDatetime`, of a datetime that may be written less strictly: "2024-05-01", "2024-05-01 10:00", "2024-05-01T10:00:00+0200". */
export function parseLooseDatetime(text: string): number | undefined {
  const strict = parseDatetime(text);
  if (strict !== undefined) return strict;
  const parts = loose.exec(text);
  if (parts === null) return undefined;
  const [hour = parts[11] ?? "0", minute = parts[12] ?? "0", second = "0"] = parts.slice(4, 7);
  return microsOfParts([...parts.slice(0, 4), hour, minute, second, ...parts.slice(7, 11)]);
}

/** Year, month, day, hour, minute, second, fraction, and sign, hours and minutes of the offset, from place 1 on. */
function microsOfParts(parts: readonly (string | undefined)[] | null): number | undefined {
  if (parts === null) return undefined;
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map(Number) as number[];
  const offsetHour = Number(parts[9] ?? 0);
  const offsetMinute = Number(parts[10] ?? 0);
  if (month! < 1 || month! > 12 || day! < 1 || day! > daysIn(year!, month!)) return undefined;
  // A leap second (:60) denotes the instant after :59, as in POSIX.
  if (hour! > 23 || minute! > 59 || second! > 60 || offsetHour > 23 || offsetMinute > 59) return undefined;
  const date = new Date(0);
  // Date.UTC reads years 0 … 99 as 1900 …; setUTCFullYear does not.
  date.setUTCFullYear(year!, month! - 1, day!);
  date.setUTCHours(hour!, minute!, second!);
  const offsetMs = (parts[8] === "-" ? -1 : 1) * (offsetHour * 60 + offsetMinute) * 60_000;
  const micros = Number((parts[7] ?? "").slice(0, 6).padEnd(6, "0"));
  return (date.getTime() - offsetMs) * 1000 + micros;
}

/** A Date's instant in the same unit; undefined for an invalid Date. */
export function microsOf(date: Date): number | undefined {
  const ms = date.getTime();
  return Number.isNaN(ms) ? undefined : ms * 1000;
}

/** The RFC 3339 string of an instant, in UTC, with three or, where needed, six digits of a second. */
export function formatDatetime(micros: number): string {
  const ms = Math.floor(micros / 1000);
  const text = new Date(ms).toISOString();
  const rest = Math.round(micros - ms * 1000);
  return rest === 0 ? text : `${text.slice(0, -1)}${String(rest).padStart(3, "0")}Z`;
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}
