/**
 * Points on the sphere, sorted by latitude: a test reads the band of latitudes that it can touch and checks each point in it exactly.
 */
import { FrancaError } from "../../errors.ts";
import type { FieldTest } from "../../model/checked-filter.ts";
import type { GeoPolygon } from "../../model/filter.ts";
import { earthRadiusMeters, geoPointOf, isInBox, isInCircle, isInPolygon } from "../../model/geo.ts";
import type { JsonValue } from "../../model/payload.ts";
import { type Bitset, emptyBitset, setBit } from "../bitset.ts";
import type { ByteReader, ByteWriter } from "./bytes.ts";
import { exactly, type FieldIndex, type SlotBounds } from "./field-index.ts";
import type { FieldStatistics } from "./field-statistics.ts";
import { SortedEntries } from "./sorted-entries.ts";

export class GeoIndex implements FieldIndex {
  private readonly entries: SortedEntries = new SortedEntries();

  insert(slot: number, values: readonly JsonValue[]): void {
    for (const value of values) {
      const point = geoPointOf(value);
      if (point !== undefined) this.entries.add(point.lat, slot, point.lon);
    }
  }

  update(slot: number, before: readonly JsonValue[], after: readonly JsonValue[]): void {
    for (const value of before) {
      const point = geoPointOf(value);
      if (point !== undefined) this.entries.remove(point.lat, slot, point.lon);
    }
    this.insert(slot, after);
  }

  delete(): void {
    // Entries may keep dead slots: readers mask them, and vacuum drops them.
  }

  vacuum(dead: Bitset): void {
    this.entries.merge(dead);
  }

  bounds(test: FieldTest, slots: number): SlotBounds {
    const bits = emptyBitset(slots);
    if (test.operator === "geoRadius") {
      const { center, radiusMeters } = test.circle;
      // Wider by a hair than the circle, so that rounding loses no point of its edge.
      const reach = (radiusMeters / earthRadiusMeters) * (180 / Math.PI) * (1 + 1e-9) + 1e-9;
      this.entries.visit(center.lat - reach, center.lat + reach, (slot, lat, lon) => {
        if (isInCircle({ lat, lon }, test.circle)) setBit(bits, slot);
      });
    } else if (test.operator === "geoBox") {
      const { box } = test;
      this.entries.visit(box.bottomRight.lat, box.topLeft.lat, (slot, lat, lon) => {
        if (isInBox({ lat, lon }, box)) setBit(bits, slot);
      });
    } else if (test.operator === "geoPolygon") {
      const { polygon } = test;
      const [south, north] = latitudesOf(polygon);
      this.entries.visit(south, north, (slot, lat, lon) => {
        if (isInPolygon({ lat, lon }, polygon)) setBit(bits, slot);
      });
    } else {
      throw new FrancaError("internal", `no index answers ${test.operator} on geo`);
    }
    return exactly(bits);
  }

  /** Of the entries in the band of latitudes as many as of a few of them, evenly picked. */
  estimate(test: FieldTest): number {
    if (test.operator === "geoBox") {
      const { box } = test;
      return this.entries.countSome(box.bottomRight.lat, box.topLeft.lat, (lat, lon) =>
        isInBox({ lat, lon }, box),
      );
    }
    if (test.operator === "geoPolygon") {
      const { polygon } = test;
      const [south, north] = latitudesOf(polygon);
      return this.entries.countSome(south, north, (lat, lon) => isInPolygon({ lat, lon }, polygon));
    }
    if (test.operator !== "geoRadius") return 0;
    const { center, radiusMeters } = test.circle;
    const reach = (radiusMeters / earthRadiusMeters) * (180 / Math.PI);
    return this.entries.countSome(center.lat - reach, center.lat + reach, (lat, lon) =>
      isInCircle({ lat, lon }, test.circle),
    );
  }

  statistics(): FieldStatistics {
    return this.entries.statistics();
  }

  get sizeBytes(): number {
    return this.entries.sizeBytes;
  }

  save(writer: ByteWriter): void {
    this.entries.save(writer);
  }

  load(reader: ByteReader, limit: number): void {
    this.entries.load(reader, limit);
  }
}

function latitudesOf({ exterior }: GeoPolygon): [south: number, north: number] {
  const latitudes = exterior.map(({ lat }) => lat);
  return [Math.min(...latitudes), Math.max(...latitudes)];
}
