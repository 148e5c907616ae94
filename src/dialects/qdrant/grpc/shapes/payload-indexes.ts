/** Parameters of payload indexes: in JSON told by their type. */
import type { Shapes } from "../../../../protobuf/table.ts";

type Fields = { readonly [name: string]: unknown };

export const payloadIndexShapes: Shapes = {
  PayloadIndexParams: {
    read: (kinds: Fields) => {
      const [type] = Object.keys(kinds);
      return type === undefined ? undefined : { type, ...(kinds[type] as object) };
    },
    write: ({ type, ...params }: { type: string; [name: string]: unknown }) => ({ [type]: params }),
  },
  StemmingAlgorithm: {
    read: ({ snowball }: { snowball?: object }) =>
      snowball === undefined ? undefined : { type: "snowball", ...snowball },
    write: ({ language }: { language: string }) => ({ snowball: { language } }),
  },
  StopwordsSet: {
    write: (words: string | Fields) => (typeof words === "string" ? { languages: [words] } : words),
  },
};
