/** Which parts of points are returned, and in which order. */
import type { Shapes } from "../../../../protobuf/table.ts";
import { malformedMessage } from "../../errors.ts";

type Fields = { readonly [name: string]: unknown };

export const readShapes: Shapes = {
  PayloadIncludeSelector: { read: ({ fields = [] }: { fields?: string[] }) => fields },
  PayloadExcludeSelector: { read: ({ fields = [] }: { fields?: string[] }) => fields },
  WithPayloadSelector: {
    read: ({ enable, include, exclude }: Fields) => {
      if (include !== undefined) return { include };
      if (exclude !== undefined) return { exclude };
      if (enable === undefined) throw malformedMessage("No PayloadSelector");
      return enable;
    },
  },
  WithVectorsSelector: { read: ({ enable = false, include }: Fields) => include ?? enable },
  GetPoints: { read: (fields: Fields) => ({ ids: [], ...fields }) },
  StartFrom: {
    read: ({ float, integer, timestamp, datetime }: Fields) => float ?? integer ?? timestamp ?? datetime,
  },
};
