/** Values that many messages hold: ids, JSON, times, places. Numbers as Qdrant's gRPC has them, names as its REST has (see ../messages.ts). */
import type { Tables } from "../../../../protobuf/table.ts";

export const values: Tables = {
  messages: {
    Timestamp: { seconds: "1 int64", nanos: "2 int32" },
    PointId: { num: "1 one uint64", uuid: "2 one string" },
    Value: {
      null_value: "1 one NullValue",
      double_value: "2 one double",
      integer_value: "3 one int64",
      string_value: "4 one string",
      bool_value: "5 one bool",
      struct_value: "6 one Struct",
      list_value: "7 one ListValue",
    },
    Struct: { fields: "1 map Value" },
    ListValue: { values: "1 repeated Value" },
    GeoPoint: { lon: "1 double", lat: "2 double" },
    ShardKey: { keyword: "1 one string", number: "2 one uint64" },
    ShardKeySelector: { shard_keys: "1 repeated ShardKey", fallback: "2 ShardKey" },
  },
  enums: {
    NullValue: ["null"],
  },
};
