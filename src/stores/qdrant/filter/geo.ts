/**
 * Areas. Qdrant leaves edges out, Franca lets them belong to circles and boxes unless `edgeOut`: there the edge is moved to the
 * next number outside. Where a box reaches a pole or ±180° there is none, and its sides are asked for as numbers.
 */
import type { GeoBox, GeoPolygon, GeoRadius } from "../../../model/filter.ts";
import type { GeoPoint } from "../../../model/payload.ts";
import { all, any, type Condition } from "./clauses.ts";

export function geoRadius(key: string, { center, radiusMeters, edgeOut = false }: GeoRadius): Condition {
  const radius = edgeOut ? radiusMeters : nextUp(radiusMeters);
  return { key, geo_radius: { center: degrees(center), radius } };
}

export function geoPolygon(key: string, { exterior, interiors }: GeoPolygon): Condition {
  const ring = (points: readonly GeoPoint[]) => ({ points: points.map(degrees) });
  return {
    key,
    geo_polygon: { exterior: ring(exterior), ...(interiors && { interiors: interiors.map(ring) }) },
  };
}

export function geoBox(key: string, { topLeft, bottomRight, edgeOut = false }: GeoBox): Condition {
  const [north, south, west, east] = [topLeft.lat, bottomRight.lat, topLeft.lon, bottomRight.lon];
  if (edgeOut) return box(key, north, south, west, east);
  const reachesEnd = north === 90 || south === -90 || Math.abs(west) === 180 || Math.abs(east) === 180;
  if (!reachesEnd) return box(key, nextUp(north), nextDown(south), nextDown(west), nextUp(east));
  // An object that is no element of an array, and one that is.
  const inside = (path: string): Condition =>
    all([{ key: `${path}lat`, range: { gte: south, lte: north } }, longitudes(`${path}lon`, west, east)]);
  return any([inside(`${key}.`), { nested: { key: `${key}[]`, filter: { must: [inside("")] } } }]);
}

/** −180° and 180° are one meridian. */
function longitudes(key: string, west: number, east: number): Condition {
  const ends = { should: [180, -180].map((end) => ({ key, range: { gte: end, lte: end } })) };
  const between: Condition =
    west <= east
      ? { key, range: { gte: west, lte: east } }
      : {
          should: [
            { key, range: { gte: west } },
            { key, range: { lte: east } },
          ],
        };
  const reachesEnd = west > east || Math.abs(west) === 180 || Math.abs(east) === 180;
  return reachesEnd ? any([between, ends]) : between;
}

function box(key: string, north: number, south: number, west: number, east: number): Condition {
  return {
    key,
    geo_bounding_box: { top_left: { lon: west, lat: north }, bottom_right: { lon: east, lat: south } },
  };
}

function degrees({ lat, lon }: GeoPoint): GeoPoint {
  return { lon, lat };
}

function nextUp(value: number): number {
  if (value === 0) return Number.MIN_VALUE;
  const bits = new BigInt64Array(Float64Array.of(value).buffer);
  bits[0] = bits[0]! + (value > 0 ? 1n : -1n);
  return new Float64Array(bits.buffer)[0]!;
}

function nextDown(value: number): number {
  return -nextUp(-value);
}
