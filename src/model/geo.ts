/**
 * Geography on the sphere: great-circle distance and boxes that may cross the antimeridian.
 */
import type { GeoBox, GeoPolygon, GeoRadius } from "./filter.ts";
import type { GeoPoint, JsonValue } from "./payload.ts";

/** Mean radius of WGS 84 (IUGG R₁). */
export const earthRadiusMeters: number = 6_371_008.8;

/** A payload value as a point, when it is an object with numbers `lat` and `lon` in their ranges. */
export function geoPointOf(value: JsonValue): GeoPoint | undefined {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return undefined;
  const { lat, lon } = value;
  return isLatitude(lat) && isLongitude(lon) ? { lat, lon } : undefined;
}

export function isLatitude(lat: unknown): lat is number {
  return typeof lat === "number" && lat >= -90 && lat <= 90;
}

export function isLongitude(lon: unknown): lon is number {
  return typeof lon === "number" && lon >= -180 && lon <= 180;
}

/** Haversine: 2R·asin √(sin²(Δφ/2) + cos φ₁ cos φ₂ sin²(Δλ/2)). */
export function distanceMeters(a: GeoPoint, b: GeoPoint): number {
  const sinLat = Math.sin(radians(b.lat - a.lat) / 2);
  const sinLon = Math.sin(radians(b.lon - a.lon) / 2);
  const h = sinLat * sinLat + Math.cos(radians(a.lat)) * Math.cos(radians(b.lat)) * sinLon * sinLon;
  return 2 * earthRadiusMeters * Math.asin(Math.min(1, Math.sqrt(h)));
}

export function isInCircle(point: GeoPoint, { center, radiusMeters, edgeOut }: GeoRadius): boolean {
  const distance = distanceMeters(center, point);
  return edgeOut === true ? distance < radiusMeters : distance <= radiusMeters;
}

/** Edges belong to the box, and −180° and 180° are one meridian, unless its edges are out. */
export function isInBox(point: GeoPoint, box: GeoBox): boolean {
  if (box.edgeOut === true) return isInsideBox(point, box);
  if (point.lat > box.topLeft.lat || point.lat < box.bottomRight.lat) return false;
  if (isLongitudeInBox(point.lon, box)) return true;
  return Math.abs(point.lon) === 180 && isLongitudeInBox(-point.lon, box);
}

function isInsideBox({ lat, lon }: GeoPoint, { topLeft, bottomRight }: GeoBox): boolean {
  if (lat >= topLeft.lat || lat <= bottomRight.lat) return false;
  return topLeft.lon > bottomRight.lon
    ? lon > topLeft.lon || lon < bottomRight.lon
    : lon > topLeft.lon && lon < bottomRight.lon;
}

/** Inside of the outer ring, and neither inside of a hole nor on an edge. */
export function isInPolygon(point: GeoPoint, { exterior, interiors = [] }: GeoPolygon): boolean {
  return (
    placeInRing(point, exterior) === "inside" &&
    interiors.every((hole) => placeInRing(point, hole) === "outside")
  );
}

/** Of a closed ring on the plane, by counting its edges east of the point. */
function placeInRing({ lat, lon }: GeoPoint, ring: readonly GeoPoint[]): "inside" | "outside" | "edge" {
  let isInside = false;
  for (let i = 1; i < ring.length; i++) {
    const a = ring[i - 1]!;
    const b = ring[i]!;
    const side = (b.lon - a.lon) * (lat - a.lat) - (b.lat - a.lat) * (lon - a.lon);
    const isBeside = (lat - a.lat) * (lat - b.lat) <= 0 && (lon - a.lon) * (lon - b.lon) <= 0;
    if (side === 0 && isBeside) return "edge";
    if (a.lat > lat === b.lat > lat) continue;
    // East of the point if the point is left of an edge that goes north, right of one that goes south.
    if (side > 0 === b.lat > a.lat) isInside = !isInside;
  }
  return isInside ? "inside" : "outside";
}

function isLongitudeInBox(lon: number, box: GeoBox): boolean {
  const west = box.topLeft.lon;
  const east = box.bottomRight.lon;
  return west <= east ? lon >= west && lon <= east : lon >= west || lon <= east;
}

function radians(degrees: number): number {
  return (degrees * Math.PI) / 180;
}
