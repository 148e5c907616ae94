/**
 * Qdrant's gRPC messages: tables/ says which field has which number, shapes/ what a message is in the words of Qdrant's
 * OpenAPI document where that is not an object of its fields. So what is decoded is what REST's bodies are, and what is encoded
 * is what its answers are.
 */
import { Messages } from "../../../protobuf/messages.ts";
import type { Shapes, Tables } from "../../../protobuf/table.ts";
import { configShapes } from "./shapes/config.ts";
import { filterShapes } from "./shapes/filters.ts";
import { payloadIndexShapes } from "./shapes/payload-indexes.ts";
import { queryShapes } from "./shapes/queries.ts";
import { readShapes } from "./shapes/reads.ts";
import { resultShapes } from "./shapes/results.ts";
import { valueShapes } from "./shapes/values.ts";
import { vectorShapes } from "./shapes/vectors.ts";
import { writeShapes } from "./shapes/writes.ts";
import { cluster } from "./tables/cluster.ts";
import { collectionConfig } from "./tables/collection-config.ts";
import { collections } from "./tables/collections.ts";
import { filters } from "./tables/filters.ts";
import { olderQueries } from "./tables/older-queries.ts";
import { payloadIndexes } from "./tables/payload-indexes.ts";
import { queries } from "./tables/queries.ts";
import { reads } from "./tables/reads.ts";
import { results } from "./tables/results.ts";
import { service } from "./tables/service.ts";
import { values } from "./tables/values.ts";
import { vectors } from "./tables/vectors.ts";
import { writes } from "./tables/writes.ts";

const all = [
  values,
  filters,
  collectionConfig,
  payloadIndexes,
  collections,
  cluster,
  vectors,
  writes,
  reads,
  olderQueries,
  queries,
  results,
  service,
];

export const tables: Tables = {
  messages: Object.assign({}, ...all.map(({ messages }) => messages)),
  enums: Object.assign({}, ...all.map(({ enums }) => enums)),
};

const shapes: Shapes = {
  ...valueShapes,
  ...filterShapes,
  ...configShapes,
  ...payloadIndexShapes,
  ...vectorShapes,
  ...writeShapes,
  ...readShapes,
  ...queryShapes,
  ...resultShapes,
};

export const messages: Messages = new Messages(tables, shapes);
