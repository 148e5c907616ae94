/** A body of JSON in the WebAssembly kernel's memory, and what was found in it out again. */
import type { JsonKeys } from "../kernel.ts";
import { checkJson, type JsonParts, maxJsonDepth, namesOf } from "./json.ts";
import type { WasmMemory } from "./wasm-memory.ts";
import type { WasmExports } from "./wasm-module.ts";

/** Words of struct fk_json_view with 32-bit pointers. */
const viewWords = 14;

export function readJsonParts(
  exports: WasmExports,
  memory: WasmMemory,
  body: Uint8Array,
  keys: JsonKeys,
  pieceBytes: number,
): JsonParts {
  const names = namesOf(keys);
  const depth = keys.maxDepth ?? maxJsonDepth;
  const viewBytes = 4 * viewWords;
  return memory.lend(viewBytes + names.length + body.length, "the body", (view) => {
    const namesAt = view + viewBytes;
    const bodyAt = namesAt + names.length;
    memory.bytes(namesAt, names.length).set(names);
    memory.bytes(bodyAt, body.length).set(body);
    const code = exports.fk_json_read(bodyAt, body.length, namesAt, names.length, depth, pieceBytes, view);
    const json = memory.word(view);
    checkJson(code, body);
    exports.fk_json_parts(json, view);
    try {
      const [text, textBytes, pieces, pieceCount, floats, floatCount, places, placeWords, ...rest] =
        memory.words(view, viewWords) as unknown as number[] as Words;
      const [lists, listWords, keyWordsAt, keyWords, faultAt, fault] = rest;
      return {
        fault,
        faultAt,
        text: new TextDecoder().decode(memory.bytes(text, textBytes)),
        floats: memory.bytes(floats, 4 * floatCount).slice().buffer,
        places: memory.words(places, placeWords).slice(),
        keys: memory.words(keyWordsAt, keyWords).slice(),
        lists: memory.words(lists, listWords).slice(),
        pieces: memory.bytes(pieces, pieceCount).slice(),
      };
    } finally {
      exports.fk_json_free(json);
    }
  });
}

type Words = [
  text: number,
  textBytes: number,
  pieces: number,
  pieceCount: number,
  floats: number,
  floatCount: number,
  places: number,
  placeWords: number,
  lists: number,
  listWords: number,
  keys: number,
  keyWords: number,
  faultAt: number,
  fault: number,
];
