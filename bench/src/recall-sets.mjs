/**
 * Sets of vectors with queries of their own, for measuring recall: texts of ../shared/data by the static model and, where
 * it lies in ../shared/models, MiniLM; and clustered synthetic ones. Embeddings are cached below node_modules/.cache.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { clusteredVectors, randomSource } from "./data.mjs";
import { franca } from "./franca.mjs";

const shared = process.env.FRANCA_SHARED ?? fileURLToPath(new URL("../../../shared/", import.meta.url));
const cache = fileURLToPath(new URL("../node_modules/.cache/franca-recall/", import.meta.url));

/** `{ name, about, dimension, make }`; `make()` gives `{ base, queries }`, arrays of Float32Array rows. */
export function sets({ quick }) {
  const texts = [...knownItem(), prose(), pairs(quick), training(quick)].filter(Boolean);
  const embedders = [staticModel()];
  const byText = texts.flatMap((set) => embedders.map((embedder) => embedded(set, embedder)));
  const miniLm = `${shared}models/all-MiniLM-L6-v2`;
  if (!quick && existsSync(`${miniLm}/onnx/model.onnx`)) {
    for (const set of texts.filter(({ isSmall }) => isSmall)) byText.push(embedded(set, transformer(miniLm)));
  }
  const count = quick ? 20_000 : 100_000;
  const synthetic = [128, 768].map((dimension) => ({
    name: `clustered ${dimension}`,
    about: `${count} synthetic vectors of ${dimension} dimensions, in 1,000 clusters`,
    dimension,
    make: async () => {
      const { base, queries } = clusteredVectors({ count, queryCount: 1600, dimension, seed: 7 });
      return { base: rowsOf(base, dimension), queries: rowsOf(queries, dimension) };
    },
  }));
  return [...byText, ...synthetic];
}

function knownItem() {
  const folder = `${shared}data/known-item/`;
  if (!existsSync(folder)) return [];
  return ["squad", "cranfield", "banking77", "docs"].map((set) => ({
    name: set,
    about: "questions on their documents",
    isSmall: true,
    read: () => ({
      documents: lines(`${folder}${set}/docs.jsonl`).map(({ title, text }) =>
        title === "" ? text : `${title}\n${text}`,
      ),
      questions: lines(`${folder}${set}/queries.jsonl`).map(({ text }) => text),
    }),
  }));
}

/** A sentence, and the paragraphs of both novels. */
function prose() {
  const folder = `${shared}data/prose/`;
  if (!existsSync(folder)) return undefined;
  return {
    name: "prose",
    about: "a sentence, on the paragraphs of two novels",
    isSmall: true,
    read: () => {
      const documents = ["moby-dick.txt", "pride-and-prejudice.txt"]
        .flatMap((file) => readFileSync(folder + file, "utf8").split(/\n\s*\n/))
        .map((paragraph) => paragraph.replaceAll(/\s+/g, " ").trim())
        .filter((paragraph) => paragraph.length > 80);
      const questions = documents
        .filter((_, i) => i % 3 === 0)
        .map((paragraph) => paragraph.split(/(?<=[.!?;])\s/).sort((a, b) => b.length - a.length)[0]);
      return { documents, questions };
    },
  };
}

function pairs(quick) {
  const file = `${shared}data/training/pairs.jsonl.xz`;
  if (!existsSync(file)) return undefined;
  return {
    name: "training pairs",
    about: "headings, terms and questions, on passages",
    read: () => {
      const all = packed(file).slice(0, quick ? 20_000 : undefined);
      const step = Math.max(1, Math.floor(all.length / 1600));
      return {
        documents: all.map(({ d }) => d),
        questions: all.filter((_, i) => i % step === 0).map(({ q }) => q),
      };
    },
  };
}

function training(quick) {
  const file = `${shared}data/training/texts.jsonl.xz`;
  if (!existsSync(file)) return undefined;
  return {
    name: "training texts",
    about: "texts, on other texts of the same sources",
    read: () => {
      const all = packed(file).slice(0, quick ? 20_000 : undefined);
      const step = Math.floor(all.length / 1600);
      return {
        documents: all.filter((_, i) => i % step !== 0).map(({ t }) => t),
        questions: all.filter((_, i) => i % step === 0).map(({ t }) => t),
      };
    },
  };
}

function staticModel() {
  return {
    name: "static",
    dimension: 256,
    open: async () => (await franca("./embedders/static")).staticEmbedder(),
  };
}

function transformer(location) {
  return {
    name: "MiniLM",
    dimension: 384,
    open: async () => (await franca("./embedders/transformers")).transformersEmbedder({ location }),
  };
}

function embedded(set, { name, dimension, open }) {
  return {
    name: `${set.name}, ${name}`,
    about: `${set.about}; ${name}, ${dimension} dimensions`,
    dimension,
    make: async () => {
      const { documents, questions } = set.read();
      const embed = async (texts) => {
        const key = createHash("sha256")
          .update(JSON.stringify([name, dimension, texts]))
          .digest("hex")
          .slice(0, 24);
        const path = `${cache}${key}.f32`;
        if (existsSync(path)) return rowsOf(floats(readFileSync(path)), dimension);
        const embedder = await open();
        const { vectors } = await embedder.embedText(texts);
        await embedder.close();
        mkdirSync(cache, { recursive: true });
        writeFileSync(path, new Uint8Array(vectors.buffer, vectors.byteOffset, vectors.byteLength));
        return rowsOf(vectors, dimension);
      };
      return { base: await embed(documents), queries: shuffled(await embed(questions)) };
    },
  };
}

function shuffled(rows) {
  const random = randomSource(3);
  for (let i = rows.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [rows[i], rows[j]] = [rows[j], rows[i]];
  }
  return rows;
}

function rowsOf(vectors, dimension) {
  return Array.from({ length: vectors.length / dimension }, (_, i) =>
    vectors.subarray(i * dimension, (i + 1) * dimension),
  );
}

function floats(bytes) {
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

function lines(path) {
  return readFileSync(path, "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

function packed(path) {
  const text = execFileSync("xz", ["-dc", path], { maxBuffer: 2 ** 30, encoding: "utf8" });
  return text
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}
