/**
 * Clients of a soak that mean harm, in a process of their own. Told "start PORT GRPC-PORT" it attacks until it is told "stop", and then
 * says how many attacks it made.
 */
import { connect } from "node:net";
import { setTimeout as after } from "node:timers/promises";
import { gzipSync } from "node:zlib";

const crlf = (...lines) => `${lines.join("\r\n")}\r\n\r\n`;
const query = "POST /franca/v1/collections/soak/points/query HTTP/1.1";
const upsert = "POST /franca/v1/collections/soak/points/upsert HTTP/1.1";
const withBody = (line, body, ...headers) =>
  Buffer.concat([
    Buffer.from(crlf(line, "host: localhost", `content-length: ${body.length}`, ...headers)),
    Buffer.from(body),
  ]);
const bomb = gzipSync(Buffer.alloc(100 * 2 ** 20, " "));

/** Each is a burst on one connection; the rest of the attack is not to read, and not to close. */
const bursts = [
  () => Buffer.alloc(2_000, 0xff),
  () => crlf("BREW /coffee HTTP/1.1", "host: localhost"),
  () => crlf("GET /franca/v1/collections HTTP/1.1", "host: localhost", `x: ${"y".repeat(30_000)}`),
  () => crlf(query, "host: localhost", "content-length: 5", "transfer-encoding: chunked"),
  () => crlf(query, "host: localhost", "content-length: 99999999999"),
  () => withBody(query, "[".repeat(200_000)),
  () => withBody(query, `{"nearest":[${"NaN,".repeat(1_000)}1]}`),
  () => withBody(query, '{"__proto__":{"limit":1},"nearest":[1],"limit":1e9}'),
  () => withBody(query, JSON.stringify({ nearest: Array(64).fill(1e308), limit: 10 })),
  () => withBody(query, Buffer.from([0x22, 0xff, 0xfe, 0x22])),
  () => withBody(upsert, JSON.stringify({ points: [{ id: "x".repeat(100_000), vector: [1] }] })),
  () => withBody(upsert, bomb, "content-encoding: gzip"),
  () => withBody(upsert, Buffer.alloc(10_000), "content-encoding: gzip"),
  () => crlf("GET /franca/v1/collections HTTP/1.1", "host: localhost").repeat(300),
  () => crlf("GET /%ff%c0%af HTTP/1.1", "host: localhost"),
];
/** Begun and never ended. */
const slow = [
  () => "GET /franca/v1/collections HTTP/1.1\r\nhost: localhost\r\n",
  () => `${crlf(upsert, "host: localhost", "content-length: 1000000")}{"points":[`,
  () => "",
];

/** On the gRPC port, frame by frame: type, flags, stream, payload. */
const frame = (type, flags, stream, payload = Buffer.alloc(0)) => {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
};
const hello = Buffer.concat([Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), frame(4, 0, 0)]);
const field = (name, value) =>
  Buffer.concat([Buffer.of(0, name.length), Buffer.from(name), Buffer.of(value.length), Buffer.from(value)]);
const call = (stream) =>
  frame(
    1,
    4,
    stream,
    Buffer.concat([
      field(":method", "POST"),
      field(":scheme", "http"),
      field(":path", "/franca.v1.Points/Query"),
      field(":authority", "h"),
      field("content-type", "application/grpc"),
      field("te", "trailers"),
    ]),
  );
const many = (count, make) => Buffer.concat(Array.from({ length: count }, (_, i) => make(2 * i + 1)));
const grpcBursts = [
  () => Buffer.concat([hello, Buffer.alloc(5_000, 0xfe)]),
  () =>
    Buffer.concat([
      hello,
      many(2_000, (id) => Buffer.concat([call(id), frame(3, 0, id, Buffer.from([0, 0, 0, 8]))])),
    ]),
  () => Buffer.concat([hello, many(5_000, () => frame(6, 0, 0, Buffer.alloc(8)))]),
  () =>
    Buffer.concat([
      hello,
      many(200, (id) => Buffer.concat([call(id), frame(0, 0, id, Buffer.from([0, 0, 1, 0, 0, 7]))])),
    ]),
  () =>
    Buffer.concat([
      hello,
      many(50, (id) => Buffer.concat([call(id), frame(0, 1, id, Buffer.from([0, 0, 0, 0, 3, 9, 9, 9]))])),
    ]),
  () => Buffer.concat([hello, frame(1, 0, 1), many(5_000, () => frame(9, 0, 1))]),
];

let port;
let grpcPort;
let made = 0;
const open = new Set();

process.on("message", (message) => {
  const [word, ...given] = message.split(" ");
  if (word === "start") {
    [port, grpcPort] = given.map(Number);
    void attack();
  } else {
    port = undefined;
    for (const socket of open) socket.destroy();
    process.send(made);
  }
});

async function attack() {
  for (let i = 0; port !== undefined; i++) {
    for (let n = 0; n < 4; n++) begin(port, bursts[(4 * i + n) % bursts.length](), 300);
    for (let n = 0; n < 4; n++) begin(port, slow[(4 * i + n) % slow.length](), 20_000);
    if (i % 4 === 0) begin(grpcPort, grpcBursts[(i / 4) % grpcBursts.length](), 300);
    if (i % 4 === 2) begin(grpcPort, hello, 20_000);
    await after(40);
  }
}

function begin(to, bytes, staysMs) {
  made++;
  const socket = connect({ host: "127.0.0.1", port: to });
  open.add(socket);
  socket.on("error", () => {}).on("close", () => open.delete(socket));
  if (made % 2 === 0) socket.resume();
  socket.write(bytes);
  setTimeout(() => (made % 3 === 0 ? socket.resetAndDestroy() : socket.destroy()), staysMs).unref();
}
