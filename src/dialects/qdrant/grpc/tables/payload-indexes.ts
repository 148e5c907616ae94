/** Payload indexes: their parameters, and what a collection tells of them. Numbers as Qdrant's gRPC has them, names as its REST has (see ../messages.ts). */
import type { Tables } from "../../../../protobuf/table.ts";

export const payloadIndexes: Tables = {
  messages: {
    KeywordIndexParams: {
      is_tenant: "1 optional bool",
      on_disk: "2 optional bool",
      enable_hnsw: "3 optional bool",
    },
    IntegerIndexParams: {
      lookup: "1 optional bool",
      range: "2 optional bool",
      is_principal: "3 optional bool",
      on_disk: "4 optional bool",
      enable_hnsw: "5 optional bool",
    },
    FloatIndexParams: {
      on_disk: "1 optional bool",
      is_principal: "2 optional bool",
      enable_hnsw: "3 optional bool",
    },
    GeoIndexParams: { on_disk: "1 optional bool", enable_hnsw: "2 optional bool" },
    StopwordsSet: { languages: "1 repeated string", custom: "2 repeated string" },
    TextIndexParams: {
      tokenizer: "1 TokenizerType",
      lowercase: "2 optional bool",
      min_token_len: "3 optional uint64",
      max_token_len: "4 optional uint64",
      on_disk: "5 optional bool",
      stopwords: "6 StopwordsSet",
      phrase_matching: "7 optional bool",
      stemmer: "8 StemmingAlgorithm",
      ascii_folding: "9 optional bool",
      enable_hnsw: "10 optional bool",
    },
    StemmingAlgorithm: { snowball: "1 one SnowballParams" },
    SnowballParams: { language: "1 string" },
    BoolIndexParams: { on_disk: "1 optional bool", enable_hnsw: "2 optional bool" },
    DatetimeIndexParams: {
      on_disk: "1 optional bool",
      is_principal: "2 optional bool",
      enable_hnsw: "3 optional bool",
    },
    UuidIndexParams: {
      is_tenant: "1 optional bool",
      on_disk: "2 optional bool",
      enable_hnsw: "3 optional bool",
    },
    PayloadIndexParams: {
      text: "1 one TextIndexParams",
      integer: "2 one IntegerIndexParams",
      keyword: "3 one KeywordIndexParams",
      float: "4 one FloatIndexParams",
      geo: "5 one GeoIndexParams",
      bool: "6 one BoolIndexParams",
      datetime: "7 one DatetimeIndexParams",
      uuid: "8 one UuidIndexParams",
    },
    PayloadSchemaInfo: {
      data_type: "1 PayloadSchemaType",
      params: "2 PayloadIndexParams",
      points: "3 optional uint64",
    },
  },
  enums: {
    PayloadSchemaType: [null, "keyword", "integer", "float", "geo", "text", "bool", "datetime", "uuid"],
    TokenizerType: [null, "prefix", "whitespace", "word", "multilingual"],
  },
};
