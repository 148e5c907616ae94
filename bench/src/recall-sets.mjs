/**
 * Sets of vectors with queries of their own, for measuring recall: texts of ../shared/data by the static model and, where
 * it lies in ../shared/models, MiniLM; and clustered synthetic ones. Embeddings are cached in the system's folder for
 * temporary files.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { clusteredVectors, randomSource } from "./data.mjs";
import { franca } from "./franca.mjs";

const shared = process.env.FRANCA_SHARED ?? fileURLToPath(new URL("../../../shared/", import.meta.url));
const cache = join(tmpdir(), "franca-recall-embeddings");
/** MiniLM takes tens of milliseconds a text: of a large set it embeds so many. */
const mostForMiniLm = 10_000;

/**
 * `{ name, about, dimension, make }`; `make()` gives `{ base, queries }`, arrays of Float32Array rows. Where something is
 * missing, `skipped` says what.
 */
export function sets({ quick }) {
  const texts = [...knownItem(), prose(), pairs(quick), training(quick)];
  const byStatic = texts.map((set) => embedded(set, staticModel()));
  const byMiniLm = [...knownItem(), prose(), pairs(true, mostForMiniLm)].map((set) =>
    embedded(set, miniLm()),
  );
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
  return [...byStatic, ...(quick ? [] : byMiniLm), ...synthetic];
}

function knownItem() {
  const folder = `${shared}data/known-item/`;
  return ["squad", "cranfield", "banking77", "docs"].map((set) => ({
    name: set,
    about: "questions on their documents",
    needs: folder,
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
  return {
    name: "prose",
    about: "a sentence, on the paragraphs of two novels",
    needs: folder,
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

function pairs(quick, most = 20_000) {
  const file = `${shared}data/training/pairs.jsonl.xz`;
  return {
    name: "training pairs",
    about: "headings, terms and questions, on passages",
    needs: file,
    read: () => {
      const all = quick ? sampled(packed(file), most) : packed(file);
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
  return {
    name: "training texts",
    about: "texts, on other texts of the same sources",
    needs: file,
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

function miniLm() {
  const folder = `${shared}models/all-MiniLM-L6-v2`;
  return {
    name: "MiniLM",
    dimension: 384,
    needs: `${folder}/onnx/model.onnx`,
    open: async () => (await franca("./embedders/transformers")).transformersEmbedder({ model: { folder } }),
  };
}

function embedded(set, { name, dimension, needs, open }) {
  const missing = [set.needs, needs].find((path) => path !== undefined && !existsSync(path));
  return {
    ...(missing !== undefined && { skipped: `for there is no ${missing}` }),
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
        const path = join(cache, `${key}.f32`);
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

/** So many, from all over. */
function sampled(rows, most) {
  const step = Math.max(1, Math.floor(rows.length / most));
  return rows.filter((_, i) => i % step === 0).slice(0, most);
}

function packed(path) {
  const text = execFileSync("xz", ["-dc", path], { maxBuffer: 2 ** 30, encoding: "utf8" });
  return text
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}
