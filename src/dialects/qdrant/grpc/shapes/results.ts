/** What is answered about points. */
import type { Shapes } from "../../../../protobuf/table.ts";

export const resultShapes: Shapes = {
  OrderValue: {
    write: (value: number) => (Number.isSafeInteger(value) ? { int: value } : { float: value }),
  },
  GroupId: {
    write: (id: string | number) => {
      if (typeof id === "string") return { string_value: id };
      return id < 0 ? { integer_value: id } : { unsigned_value: id };
    },
  },
  FacetValue: {
    write: (value: string | number | boolean) => {
      if (typeof value === "string") return { string_value: value };
      return typeof value === "boolean" ? { bool_value: value } : { integer_value: value };
    },
  },
  BatchResult: {
    write: (answer: unknown[] | { points: unknown[] }) => ({
      result: Array.isArray(answer) ? answer : answer.points,
    }),
  },
};
