/** Vectors as they come and as they are returned. Numbers as Qdrant's gRPC has them, names as its REST has (see ../messages.ts). */
import type { Tables } from "../../../../protobuf/table.ts";

export const vectors: Tables = {
  messages: {
    SparseIndices: { data: "1 repeated uint32" },
    Document: { text: "1 string", model: "3 string", options: "4 map Value" },
    Image: { image: "1 Value", model: "2 string", options: "3 map Value" },
    InferenceObject: { object: "1 Value", model: "2 string", options: "3 map Value" },
    Vector: {
      data: "1 repeated float",
      indices: "2 SparseIndices",
      vectors_count: "3 optional uint32",
      dense: "101 one DenseVector",
      sparse: "102 one SparseVector",
      multi_dense: "103 one MultiDenseVector",
      document: "104 one Document",
      image: "105 one Image",
      object: "106 one InferenceObject",
    },
    VectorOutput: {
      data: "1 repeated float",
      indices: "2 SparseIndices",
      vectors_count: "3 optional uint32",
      dense: "101 one DenseVector",
      sparse: "102 one SparseVector",
      multi_dense: "103 one MultiDenseVector",
    },
    DenseVector: { data: "1 repeated float" },
    SparseVector: { values: "1 repeated float", indices: "2 repeated uint32" },
    MultiDenseVector: { vectors: "1 repeated DenseVector" },
    VectorInput: {
      id: "1 one PointId",
      dense: "2 one DenseVector",
      sparse: "3 one SparseVector",
      multi_dense: "4 one MultiDenseVector",
      document: "5 one Document",
      image: "6 one Image",
      object: "7 one InferenceObject",
    },
    NamedVectors: { vectors: "1 map Vector" },
    NamedVectorsOutput: { vectors: "1 map VectorOutput" },
    Vectors: { vector: "1 one Vector", vectors: "2 one NamedVectors" },
    VectorsOutput: { vector: "1 one VectorOutput", vectors: "2 one NamedVectorsOutput" },
    VectorsSelector: { names: "1 repeated string" },
  },
};
