/** A collection's configuration. */
import type { Shape, Shapes } from "../../../../protobuf/table.ts";
import { malformedMessage } from "../../errors.ts";

type Fields = { readonly [name: string]: unknown };

/** One without a name, or several by their names; the unnamed one has a number where a name would have an object. */
const vectors: Shape = {
  read: ({ params, params_map }: Fields) => params ?? params_map,
  write: (config: Fields) => (typeof config.size === "number" ? { params: config } : { params_map: config }),
};

const byName: Shape = {
  read: ({ map = {} }: { map?: object }) => map,
  write: (map: object) => ({ map }),
};

export const configShapes: Shapes = {
  VectorsConfig: vectors,
  VectorParamsMap: byName,
  VectorsConfigDiff: {
    read: ({ params, params_map }: Fields) => (params === undefined ? params_map : { "": params }),
  },
  VectorParamsDiffMap: byName,
  SparseVectorConfig: byName,
  StrictModeMultivectorConfig: {
    read: ({ multivector_config = {} }: { multivector_config?: object }) => multivector_config,
    write: (multivector_config: object) => ({ multivector_config }),
  },
  StrictModeSparseConfig: {
    read: ({ sparse_config = {} }: { sparse_config?: object }) => sparse_config,
    write: (sparse_config: object) => ({ sparse_config }),
  },
  MaxOptimizationThreads: {
    read: ({ value, setting }: Fields) => {
      if (value === undefined && setting === undefined)
        throw malformedMessage("Malformed MaxOptimizationThreads");
      return value ?? setting;
    },
    write: (threads: unknown) => (typeof threads === "number" ? { value: threads } : { setting: threads }),
  },
  OptimizersConfigDiff: {
    read: ({ deprecated_max_optimization_threads: before, ...config }: Fields) =>
      before === undefined ? config : { max_optimization_threads: before, ...config },
  },
  BinaryQuantizationQueryEncoding: {
    read: ({ setting }: Fields) => setting,
    write: (setting: unknown) => ({ setting }),
  },
  QuantizationConfig: {
    read: (config: Fields) => {
      if (Object.keys(config).length === 0) throw malformedMessage("Unable to convert quantization config");
      return config;
    },
  },
  QuantizationConfigDiff: {
    read: ({ disabled, ...config }: Fields) => (disabled === undefined ? config : "Disabled"),
  },
  OptimizerStatus: {
    write: (status: "ok" | { error: string }) =>
      status === "ok" ? { ok: true } : { ok: false, error: status.error },
  },
};
