/** Frames of HTTP/2 as bytes, right or wrong; the library would not send the wrong ones. */

export const preface: Buffer = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

export const types = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

export const flags = { endStream: 1, acknowledge: 1, endHeaders: 4 } as const;

export function frame(
  type: keyof typeof types,
  flag: number,
  stream: number,
  payload: Uint8Array = new Uint8Array(),
): Buffer {
  const bytes = Buffer.alloc(9 + payload.length);
  bytes.writeUIntBE(payload.length, 0, 3);
  bytes[3] = types[type];
  bytes[4] = flag;
  bytes.writeUInt32BE(stream, 5);
  bytes.set(payload, 9);
  return bytes;
}

/** HPACK without tables or Huffman's codes: every field is written out. */
export function headerBlock(fields: { readonly [name: string]: string }): Buffer {
  return Buffer.concat(
    Object.entries(fields).map(([name, value]) => Buffer.concat([Buffer.of(0), text(name), text(value)])),
  );
}

/** The headers of a gRPC call of the trying dialect. */
export function callHeaders(method: string, more: { readonly [name: string]: string } = {}): Buffer {
  return headerBlock({
    ":method": "POST",
    ":scheme": "http",
    ":path": `/trying.Trying/${method}`,
    ":authority": "h",
    "content-type": "application/grpc",
    te: "trailers",
    ...more,
  });
}

/** A message of gRPC, or the beginning of one that says to be longer than it is. */
export function message(bytes: Uint8Array, said: { flag?: number; length?: number } = {}): Buffer {
  const { flag = 0, length = bytes.length } = said;
  const framed = Buffer.alloc(5 + bytes.length);
  framed[0] = flag;
  framed.writeUInt32BE(length, 1);
  framed.set(bytes, 5);
  return framed;
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** Pairs of a setting's number and value. */
export function settings(...pairs: [id: number, value: number][]): Buffer {
  return frame(
    "settings",
    0,
    0,
    Buffer.concat(
      pairs.map(([id, value]: [number, number]) => Buffer.concat([Buffer.of(0, id), uint32(value)])),
    ),
  );
}

/** A text, its length before it as HPACK's integer with a prefix of seven bits. */
function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  if (bytes.length < 127) return Buffer.concat([Buffer.of(bytes.length), bytes]);
  const length = [127];
  let rest = bytes.length - 127;
  for (; rest >= 128; rest = Math.floor(rest / 128)) length.push((rest % 128) + 128);
  return Buffer.concat([Buffer.of(...length, rest), bytes]);
}
