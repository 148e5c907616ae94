/**
 * Payloads: what a point carries beside its vectors. Any JSON object; declared fields are checked and indexed.
 */

export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };
export type Payload = { [key: string]: JsonValue };

/** Degrees, WGS 84: lat −90 … 90, lon −180 … 180. */
export interface GeoPoint {
  lat: number;
  lon: number;
}
