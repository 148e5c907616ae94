/**
 * Clients of a soak that mean harm, in a process of their own. Told "start PORT" it attacks until it is told "stop", and then
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
    Buffer.from(crlf(line, "host: h", `content-length: ${body.length}`, ...headers)),
    Buffer.from(body),
  ]);
const bomb = gzipSync(Buffer.alloc(100 * 2 ** 20, " "));

/** Each is a burst on one connection; the rest of the attack is not to read, and not to close. */
const bursts = [
  () => Buffer.alloc(2_000, 0xff),
  () => crlf("BREW /coffee HTTP/1.1", "host: h"),
  () => crlf("GET /franca/v1/collections HTTP/1.1", "host: h", `x: ${"y".repeat(30_000)}`),
  () => crlf(query, "host: h", "content-length: 5", "transfer-encoding: chunked"),
  () => crlf(query, "host: h", "content-length: 99999999999"),
  () => withBody(query, "[".repeat(200_000)),
  () => withBody(query, `{"nearest":[${"NaN,".repeat(1_000)}1]}`),
  () => withBody(query, '{"__proto__":{"limit":1},"nearest":[1],"limit":1e9}'),
  () => withBody(query, JSON.stringify({ nearest: Array(64).fill(1e308), limit: 10 })),
  () => withBody(query, Buffer.from([0x22, 0xff, 0xfe, 0x22])),
  () => withBody(upsert, JSON.stringify({ points: [{ id: "x".repeat(100_000), vector: [1] }] })),
  () => withBody(upsert, bomb, "content-encoding: gzip"),
  () => withBody(upsert, Buffer.alloc(10_000), "content-encoding: gzip"),
  () => crlf("GET /franca/v1/collections HTTP/1.1", "host: h").repeat(300),
  () => crlf("GET /%ff%c0%af HTTP/1.1", "host: h"),
];
/** Begun and never ended. */
const slow = [
  () => "GET /franca/v1/collections HTTP/1.1\r\nhost: h\r\n",
  () => `${crlf(upsert, "host: h", "content-length: 1000000")}{"points":[`,
  () => "",
];

let port;
let made = 0;
const open = new Set();

process.on("message", (message) => {
  const [word, given] = message.split(" ");
  if (word === "start") {
    port = Number(given);
    void attack();
  } else {
    port = undefined;
    for (const socket of open) socket.destroy();
    process.send(made);
  }
});

async function attack() {
  for (let i = 0; port !== undefined; i++) {
    for (let n = 0; n < 4; n++) begin(bursts[(4 * i + n) % bursts.length](), 300);
    for (let n = 0; n < 4; n++) begin(slow[(4 * i + n) % slow.length](), 20_000);
    await after(40);
  }
}

function begin(bytes, staysMs) {
  made++;
  const socket = connect({ host: "127.0.0.1", port });
  open.add(socket);
  socket.on("error", () => {}).on("close", () => open.delete(socket));
  if (made % 2 === 0) socket.resume();
  socket.write(bytes);
  setTimeout(() => (made % 3 === 0 ? socket.resetAndDestroy() : socket.destroy()), staysMs).unref();
}
