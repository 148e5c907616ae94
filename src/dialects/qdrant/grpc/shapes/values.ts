/** JSON, ids and times: what they are in JSON, and as messages. */
import type { JsonValue } from "../../../../model/payload.ts";
import type { Shapes } from "../../../../protobuf/table.ts";
import { malformedMessage } from "../../errors.ts";

interface Value {
  null_value?: unknown;
  double_value?: number;
  integer_value?: number | bigint;
  string_value?: string;
  bool_value?: boolean;
  struct_value?: unknown;
  list_value?: unknown;
}

export interface Timestamp {
  /** Since 1970. */
  seconds: number | bigint;
  nanos: number | bigint;
}

export const valueShapes: Shapes = {
  PointId: {
    read: ({ num, uuid }: { num?: number | bigint; uuid?: string }) => {
      const id = num ?? uuid;
      if (id === undefined) throw malformedMessage("No ID options provided");
      return id;
    },
    write: (id: number | bigint | string) => (typeof id === "string" ? { uuid: id } : { num: id }),
  },
  ShardKey: {
    read: ({ keyword, number }: { keyword?: string; number?: number | bigint }) => keyword ?? number,
    write: (key: string | number) => (typeof key === "string" ? { keyword: key } : { number: key }),
  },
  ShardKeySelector: {
    read: ({ shard_keys = [] }: { shard_keys?: unknown[] }) => shard_keys,
    write: (shard_keys: unknown[]) => ({ shard_keys }),
  },
  Value: { read: jsonOf, write: protoOf },
  Struct: {
    read: ({ fields = {} }: { fields?: object }) => fields,
    write: (fields: object) => ({ fields }),
  },
  ListValue: {
    read: ({ values = [] }: { values?: unknown[] }) => values,
    write: (values: unknown[]) => ({ values }),
  },
  Timestamp: { read: timeText, write: timeOf },
};

function jsonOf(value: Value): unknown {
  const { string_value, integer_value, double_value } = value;
  if (string_value !== undefined) return string_value;
  if (integer_value !== undefined) return integer_value;
  if (double_value !== undefined) {
    if (Number.isFinite(double_value)) return double_value;
    throw malformedMessage("cannot convert to json number");
  }
  return value.bool_value ?? value.struct_value ?? value.list_value ?? null;
}

function protoOf(json: JsonValue): Value {
  switch (typeof json) {
    case "string":
      return { string_value: json };
    case "number":
      return Number.isSafeInteger(json) && !Object.is(json, -0)
        ? { integer_value: json }
        : { double_value: json };
    case "bigint":
      return { integer_value: json };
    case "boolean":
      return { bool_value: json };
    default:
      if (json === null || json === undefined) return { null_value: "null" };
      return Array.isArray(json) ? { list_value: json } : { struct_value: json };
  }
}

/** Of the years that RFC 3339 has: 1 to 9999. */
const firstSecond = -62_135_596_800;
const lastSecond = 253_402_300_799;

/** RFC 3339 in UTC, with as many digits of a second as there are. */
function timeText({ seconds, nanos }: Timestamp): string {
  if (seconds < firstSecond || seconds > lastSecond || nanos < 0 || nanos > 999_999_999)
    throw malformedMessage(`Unable to parse timestamp: ${seconds} s, ${nanos} ns`);
  const whole = new Date(Number(seconds) * 1_000).toISOString().slice(0, -5);
  const fraction = String(nanos).padStart(9, "0").replace(/0+$/, "");
  return `${whole}${fraction === "" ? "" : "."}${fraction}Z`;
}

/** Without an offset it is in UTC, as Qdrant writes when a snapshot was made. */
function timeOf(text: string): Timestamp {
  const hasOffset = /(Z|[+-]\d\d:?\d\d)$/i.test(text);
  const seconds = Math.floor(Date.parse(hasOffset ? text : `${text}Z`) / 1_000);
  const [, fraction = ""] = /\.(\d{1,9})/.exec(text) ?? [];
  return { seconds, nanos: Number(fraction.padEnd(9, "0")) };
}
