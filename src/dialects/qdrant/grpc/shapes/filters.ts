/** Conditions of filters: in JSON each is told by its members. */
import type { Shapes } from "../../../../protobuf/table.ts";
import { malformedMessage } from "../../errors.ts";

type Fields = { readonly [name: string]: unknown };

export const filterShapes: Shapes = {
  Filter: {
    read: ({ should, must, must_not, min_should }: { [name: string]: unknown[] | undefined }) => ({
      ...(should && { should: withoutEmpty(should) }),
      ...(must && { must: withoutEmpty(must) }),
      ...(must_not && { must_not: withoutEmpty(must_not) }),
      ...(min_should && { min_should }),
    }),
  },
  MinShould: {
    read: ({ conditions = [], min_count }: { conditions?: unknown[]; min_count: number }) => ({
      conditions: withoutEmpty(conditions),
      min_count,
    }),
  },
  Condition: {
    read: ({ field, filter, has_id, has_vector, is_empty, is_null, nested }: Fields) => {
      if (is_empty !== undefined) return { is_empty };
      if (is_null !== undefined) return { is_null };
      if (nested !== undefined) return { nested };
      return field ?? has_id ?? filter ?? has_vector;
    },
  },
  HasIdCondition: { read: ({ has_id = [] }: { has_id?: unknown[] }) => ({ has_id }) },
  NestedCondition: {
    read: (nested: Fields) => {
      if (nested.filter === undefined) throw malformedMessage("Nested condition must have a filter");
      return nested;
    },
  },
  FieldCondition: {
    read: (condition: Fields) => {
      if (condition.datetime_range === undefined) return condition;
      const { datetime_range, range = datetime_range, ...others } = condition;
      return { ...others, range };
    },
  },
  Match: {
    read: ({ text, phrase, text_any, ...match }: Fields) => {
      if (text !== undefined) return { text };
      if (phrase !== undefined) return { phrase };
      if (text_any !== undefined) return { text_any };
      const value = match.keyword ?? match.integer ?? match.boolean;
      if (value !== undefined) return { value };
      const any = match.keywords ?? match.integers;
      if (any !== undefined) return { any };
      const except = match.except_integers ?? match.except_keywords;
      if (except !== undefined) return { except };
      throw malformedMessage("Malformed Match condition");
    },
  },
  RepeatedStrings: { read: ({ strings = [] }: { strings?: string[] }) => strings },
  RepeatedIntegers: { read: ({ integers = [] }: { integers?: unknown[] }) => integers },
  GeoBoundingBox: { read: having(["top_left", "bottom_right"], "Malformed GeoBoundingBox type") },
  GeoRadius: { read: having(["center"], "Malformed GeoRadius type") },
  GeoPolygon: {
    read: having(["exterior"], "Malformed GeoPolygon type - field `exterior` is required"),
  },
  GeoLineString: { read: ({ points = [] }: { points?: unknown[] }) => ({ points }) },
};

/** A condition that says nothing is none. */
function withoutEmpty(conditions: readonly unknown[]): unknown[] {
  return conditions.filter((condition) => condition !== undefined);
}

function having(members: readonly string[], otherwise: string): (fields: Fields) => Fields {
  return (fields) => {
    if (members.some((member) => fields[member] === undefined)) throw malformedMessage(otherwise);
    return fields;
  };
}
