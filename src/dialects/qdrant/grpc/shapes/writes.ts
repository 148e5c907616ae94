/** Writes: in JSON what they select stands among their other members. */
import type { Shape, Shapes } from "../../../../protobuf/table.ts";
import { malformedMessage } from "../../errors.ts";

type Fields = { readonly [name: string]: unknown };

/** @param otherwise what is said where nothing is selected */
function selecting(otherwise: string, absent: Fields = {}): Shape {
  return {
    read: ({ selector, ...others }: Fields) => {
      if (selector === undefined) throw malformedMessage(otherwise);
      return { ...absent, ...others, ...(selector as object) };
    },
  };
}

const expected = "points_selector is expected";
const setting = selecting(expected, { payload: {} });
const deletingKeys = selecting(expected, { keys: [] });
const deletingVectors: Shape = {
  read: (fields: Fields) => {
    if (fields.vector === undefined) throw malformedMessage("vectors is expected");
    return selecting(expected).read!(fields as never);
  },
};
const withPoints: Shape = { read: (fields: Fields) => ({ points: [], ...fields }) };

export const writeShapes: Shapes = {
  PointStruct: {
    read: (fields: Fields) => {
      if (fields.id === undefined) throw malformedMessage("Empty ID is not allowed");
      // A point without vectors is one with none of the names.
      return fields.vector === undefined ? { ...fields, vector: {} } : fields;
    },
  },
  PointVectors: {
    read: (fields: Fields) => {
      if (fields.id === undefined) throw malformedMessage("id is expected");
      if (fields.vector === undefined) throw malformedMessage("vectors is expected");
      return fields;
    },
  },
  PointsSelector: {
    read: (fields: Fields) => {
      if (fields.points === undefined && fields.filter === undefined)
        throw malformedMessage("Malformed PointsSelector type");
      return fields;
    },
  },
  PointsIdsList: { read: ({ ids = [] }: { ids?: unknown[] }) => ids },
  UpsertPoints: withPoints,
  UpdatePointVectors: withPoints,
  DeletePoints: selecting("PointSelector is missing"),
  ClearPayloadPoints: selecting("PointSelector is missing"),
  SetPayloadPoints: setting,
  DeletePayloadPoints: deletingKeys,
  DeletePointVectors: deletingVectors,
  CreateFieldIndexCollection: {
    read: ({ field_type, field_index_params, ...others }: Fields) => ({
      ...others,
      field_schema: field_index_params ?? field_type,
    }),
  },
  UpdateBatchPoints: { read: (fields: Fields) => ({ operations: [], ...fields }) },
  PointsUpdateOperation: {
    read: ({ delete_deprecated, clear_payload_deprecated, delete_points, ...others }: Fields) => {
      const points = delete_points ?? delete_deprecated;
      if (points !== undefined) return { delete: points };
      if (clear_payload_deprecated !== undefined) return { clear_payload: clear_payload_deprecated };
      if (Object.keys(others).length === 0) throw malformedMessage("Operation is missing");
      return others;
    },
  },
  PointsUpdateOperation_PointStructList: withPoints,
  PointsUpdateOperation_UpdateVectors: withPoints,
  PointsUpdateOperation_SetPayload: setting,
  PointsUpdateOperation_OverwritePayload: setting,
  PointsUpdateOperation_DeletePayload: deletingKeys,
  PointsUpdateOperation_DeleteVectors: deletingVectors,
  PointsUpdateOperation_DeletePoints: selecting("PointSelector is missing"),
  PointsUpdateOperation_ClearPayload: selecting("PointSelector is missing"),
};
