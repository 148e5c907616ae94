/** Ids of points: whole numbers from 0 to 2^64 − 1, exactly, and UUIDs in any of their forms, which become the canonical one. */
import { normalizeId, type PointId } from "../../../model/id.ts";
import { parseUuid } from "../../../model/uuid.ts";
import { formatError, wrongInput } from "../errors.ts";
import { type Reader, typeOf } from "./shape.ts";

export const pointId: Reader<PointId> = (value, path) => {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  if (typeof value === "bigint" && value >= 0n && value < 2n ** 64n) return normalizeId(value);
  const uuid = typeof value === "string" ? parseUuid(value) : undefined;
  if (uuid !== undefined) return uuid;
  const where = path === "" ? "" : `${path}: `;
  throw formatError(
    `${where}${typeOf(value)} is not a valid point ID, valid values are either an unsigned integer or a UUID`,
  );
};

/** As it stands in a URL. */
export function pointIdInPath(text: string): PointId {
  const number = /^\d{1,20}$/.test(text) ? BigInt(text) : undefined;
  if (number !== undefined && number < 2n ** 64n) return normalizeId(number);
  const uuid = number === undefined ? parseUuid(text) : undefined;
  if (uuid !== undefined) return uuid;
  throw wrongInput(`Can not recognize "${text.slice(0, 80)}" as point id`);
}
