/**
 * One physical column of one row group, read page by page: files of other programs often have row groups of gigabytes,
 * and pages of about a megabyte.
 */
import type { ColumnMetaData, Compressors, SchemaTree } from "hyparquet";
import { parquetHeader, readPage } from "hyparquet/src/column.js";
import { convert, DEFAULT_PARSERS } from "hyparquet/src/convert.js";
import { isFlatColumn } from "hyparquet/src/schema.js";
import type { ColumnDecoder, DecodedArray } from "hyparquet/src/types.js";
import type { RandomAccess } from "../stream.ts";

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
/** The library's own parser takes a leading U+FEFF away, and lets what is no UTF-8 pass. */
const parsers = {
  ...DEFAULT_PARSERS,
  stringFromBytes: (bytes: Uint8Array) => bytes && decoder.decode(bytes),
};
const windowBytes = 256 * 1024;
const longestHeaderBytes = 16 * 2 ** 20;
/** Of one page, unpacked. */
const largestPageBytes = 2 ** 30;

export class ColumnCursor {
  readonly #source: RandomAccess;
  readonly #decoder: ColumnDecoder;
  readonly #isFlat: boolean;
  #at: number;
  readonly #end: number;
  #dictionary: DecodedArray | undefined;
  #window: Uint8Array = new Uint8Array(0);
  #windowAt = 0;
  /** Rows decoded and not yet taken, from `#taken` on; the last one of a list column may go on in the next page. */
  #rows: ArrayLike<unknown> = [];
  #taken = 0;

  constructor(
    source: RandomAccess,
    column: ColumnMetaData,
    schemaPath: SchemaTree[],
    compressors: Compressors | undefined,
  ) {
    this.#source = source;
    this.#decoder = {
      ...column,
      pathInSchema: column.path_in_schema,
      element: schemaPath.at(-1)!.element,
      schemaPath,
      parsers,
      ...(compressors === undefined ? {} : { compressors }),
    } as unknown as ColumnDecoder;
    this.#isFlat = isFlatColumn(schemaPath);
    const { dictionary_page_offset: dictionary, data_page_offset: data } = column;
    // Some writers leave 0 where there is no dictionary.
    this.#at = Number(dictionary !== undefined && dictionary > 0n && dictionary < data ? dictionary : data);
    this.#end = this.#at + Number(column.total_compressed_size);
  }

  /** The next rows, as many as asked for unless the row group has no more. */
  async take(count: number): Promise<unknown[]> {
    const taken: unknown[] = [];
    while (taken.length < count) {
      const whole = this.#rows.length - (this.#isFlat || this.#at >= this.#end ? 0 : 1);
      if (this.#taken >= whole) {
        if (this.#at >= this.#end) break;
        await this.#readPage();
        continue;
      }
      const end = Math.min(whole, this.#taken + count - taken.length);
      for (; this.#taken < end; this.#taken++) taken.push(this.#rows[this.#taken]);
    }
    return taken;
  }

  async #readPage(): Promise<void> {
    const { header, headerBytes } = await this.#readHeader();
    const bodyAt = this.#at + headerBytes;
    const { compressed_page_size: packed, uncompressed_page_size: unpacked } = header;
    if (!(packed >= 0) || bodyAt + packed > this.#end || !(unpacked <= largestPageBytes)) {
      throw new RangeError(`a page of ${packed} bytes (${unpacked} unpacked) does not fit its column`);
    }
    const body = new Uint8Array(await this.#bytes(bodyAt, packed));
    const reader = { view: new DataView(body.buffer), offset: 0 };
    this.#at = bodyAt + packed;
    if (header.type === "INDEX_PAGE") return;
    const carried = this.#isFlat ? undefined : Array.from(this.#rows).slice(this.#taken);
    const { data } = readPage(reader, header, this.#decoder, this.#dictionary, carried, 0);
    if (header.type === "DICTIONARY_PAGE") {
      this.#dictionary = convert(data!, this.#decoder);
      return;
    }
    this.#rows = data ?? [];
    this.#taken = 0;
  }

  async #readHeader(): Promise<{ header: ReturnType<typeof parquetHeader>; headerBytes: number }> {
    for (let length = 1024; ; length *= 8) {
      const bytes = await this.#bytes(this.#at, Math.min(length, this.#end - this.#at));
      const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 };
      try {
        return { header: parquetHeader(reader), headerBytes: reader.offset };
      } catch (error) {
        // Statistics make some headers long.
        const isCut =
          error instanceof RangeError && length < Math.min(longestHeaderBytes, this.#end - this.#at);
        if (!isCut) throw error;
      }
    }
  }

  async #bytes(offset: number, length: number): Promise<Uint8Array> {
    const start = offset - this.#windowAt;
    if (start < 0 || start + length > this.#window.length) {
      const toRead = Math.min(Math.max(length, windowBytes), this.#end - offset);
      this.#window = await this.#source.read(offset, toRead);
      this.#windowAt = offset;
    }
    return this.#window.subarray(offset - this.#windowAt, offset - this.#windowAt + length);
  }
}
