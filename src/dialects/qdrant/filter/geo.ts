/** Areas. Their edges do not belong to them. */
import type { Filter } from "../../../model/filter.ts";
import type { GeoPoint } from "../../../model/payload.ts";
import { validationError } from "../errors.ts";
import { list, number, object, optional, type Reader, within } from "../requests/shape.ts";

const degrees = object({ lon: number(), lat: number() });
const point: Reader<GeoPoint> = (given, path) => {
  const { lon, lat } = degrees(given, path);
  number(-180, 180)(lon, within(path, "lon"));
  number(-90, 90)(lat, within(path, "lat"));
  return { lat, lon };
};

const box = object({ top_left: point, bottom_right: point });
const circle = object({ center: point, radius: number(0) });
const ring = object({ points: list(point) });
const polygon = object({ exterior: ring, interiors: optional(list(ring)) });

export function geoBox(field: string, given: unknown, path: string): Filter {
  const { top_left: topLeft, bottom_right: bottomRight } = box(given, path);
  // Nothing lies between edges that are crossed.
  if (topLeft.lat < bottomRight.lat) return { or: [] };
  return { field, geoBox: { topLeft, bottomRight, edgeOut: true } };
}

export function geoRadius(field: string, given: unknown, path: string): Filter {
  const { center, radius } = circle(given, path);
  return { field, geoRadius: { center, radiusMeters: radius, edgeOut: true } };
}

export function geoPolygon(field: string, given: unknown, path: string): Filter {
  const { exterior, interiors } = polygon(given, path);
  const closed = ({ points }: { points: GeoPoint[] }, at: string): GeoPoint[] => {
    const [first, last] = [points[0], points.at(-1)];
    if (points.length < 4)
      throw validationError(
        at,
        `polygon invalid, the line must contain at least 4 points, got ${points.length}`,
      );
    if (first!.lat !== last!.lat || first!.lon !== last!.lon)
      throw validationError(
        at,
        "polygon invalid, the first and the last points should be the same to form a closed line",
      );
    return points;
  };
  return {
    field,
    geoPolygon: {
      exterior: closed(exterior, within(path, "exterior")),
      ...(interiors && {
        interiors: interiors.map((hole, i) => closed(hole, `${within(path, "interiors")}[${i}]`)),
      }),
    },
  };
}
