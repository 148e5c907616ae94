/**
 * Parquet, row group by row group, so that no more than one of them is in memory.
 */
import { ByteWriter, type ColumnSource, ParquetWriter } from "hyparquet-writer";
import type { StoredPoint } from "../../model/point.ts";
import { type CollectionHeader, encodeHeader } from "../header.ts";
import type { ByteSink } from "../stream.ts";
import type { RecordWriter } from "../writer.ts";
import { headerKey, idColumn, kindColumn, parquetSchemaOf, payloadColumn, vectorColumn } from "./layout.ts";

/** Of payloads and vectors in a row group; encoding takes some ten times that. */
const groupBytes = 4 * 2 ** 20;
const groupRows = 10_000;

export function parquetWriter(sink: ByteSink, header: CollectionHeader): RecordWriter {
  const fields = Object.keys(header.schema.vectors);
  const output = new SinkWriter(sink);
  const parquet = new ParquetWriter({
    writer: output,
    schema: parquetSchemaOf(fields),
    kvMetadata: [{ key: headerKey, value: encodeHeader(header) }],
    createdBy: "franca",
    statistics: false,
  });
  let group = new Group(fields);
  const writeGroup = async (): Promise<void> => {
    if (group.rows === 0) return;
    await parquet.write({ columnData: group.columns(), rowGroupSize: group.rows });
    group = new Group(fields);
  };
  return {
    async write(page) {
      const before = output.sunk;
      for (const point of page) {
        group.add(point);
        if (group.bytes >= groupBytes || group.rows >= groupRows) await writeGroup();
      }
      return output.sunk - before;
    },
    async finish() {
      const before = output.sunk;
      await writeGroup();
      await parquet.finish();
      return output.sunk - before;
    },
  };
}

/** Points side by side, column by column. */
class Group {
  readonly #fields: readonly string[];
  readonly #ids: string[] = [];
  readonly #kinds: string[] = [];
  readonly #payloads: Uint8Array[] = [];
  /** By field; arrays of numbers, as the encoder wants them. */
  readonly #vectors: (number[] | null)[][];
  readonly #encoder = new TextEncoder();
  bytes = 0;

  constructor(fields: readonly string[]) {
    this.#fields = fields;
    this.#vectors = fields.map(() => []);
  }

  get rows(): number {
    return this.#ids.length;
  }

  add({ id, payload = {}, vectors = {} }: StoredPoint): void {
    const text = this.#encoder.encode(JSON.stringify(payload));
    this.#ids.push(String(id));
    this.#kinds.push(typeof id === "string" ? "string" : "integer");
    this.#payloads.push(text);
    this.bytes += text.length + 16;
    this.#fields.forEach((field, i) => {
      const vector = vectors[field];
      this.#vectors[i]!.push(vector === undefined ? null : Array.from(vector));
      this.bytes += (vector?.length ?? 0) * 4;
    });
  }

  columns(): ColumnSource[] {
    // Dictionaries would take −0 and 0 for one, and hardly ever pay for vectors, ids and payloads.
    const plain = { encoding: "PLAIN" } as const;
    return [
      { name: idColumn, data: this.#ids, ...plain },
      { name: kindColumn, data: this.#kinds },
      { name: payloadColumn, data: this.#payloads, ...plain },
      ...this.#fields.map((field, i) => ({
        name: vectorColumn(field),
        data: this.#vectors[i]!,
        ...plain,
        codec: "UNCOMPRESSED" as const,
      })),
    ];
  }
}

/** Hands over what has been written at the end of each row group. */
class SinkWriter extends ByteWriter {
  readonly #sink: ByteSink;
  sunk = 0;

  constructor(sink: ByteSink) {
    super(2 ** 20);
    this.#sink = sink;
  }

  async flush(): Promise<void> {
    const bytes = this.getBytes().slice();
    this.index = 0;
    this.sunk += bytes.length;
    await this.#sink(bytes);
  }

  override finish(): Promise<void> {
    return this.flush();
  }
}
