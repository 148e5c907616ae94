/**
 * A lean HTTP/1.1 client: one request at a time on one connection, so that the machine's time goes to the server. Bodies are made
 * beforehand.
 */
import { connect } from "node:net";

export function httpConnection(host, port) {
  const socket = connect({ host, port, noDelay: true });
  let pending;
  let head = "";
  let body = [];
  let missing = -1;
  socket.on("data", (bytes) => {
    if (missing < 0) {
      head += bytes.toString("latin1");
      const end = head.indexOf("\r\n\r\n");
      if (end < 0) return;
      const taken = bytes.length - (head.length - end - 4);
      bytes = bytes.subarray(taken);
      missing = Number(/\r\ncontent-length: *(\d+)/i.exec(head)[1]);
    }
    body.push(bytes);
    missing -= bytes.length;
    if (missing > 0) return;
    const answer = { status: Number(head.slice(9, 12)), body: Buffer.concat(body) };
    const { resolve } = pending;
    [head, body, missing, pending] = ["", [], -1, undefined];
    resolve(answer);
  });
  socket.on("error", (error) => pending?.reject(error));
  socket.on("close", () => pending?.reject(new Error("the server closed the connection")));
  return {
    async request(method, path, body = Buffer.alloc(0), headers = {}) {
      const lines = Object.entries({ host: `${host}:${port}`, "content-length": body.length, ...headers });
      const text = `${method} ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}`).join("\r\n")}\r\n\r\n`;
      const answer = await new Promise((resolve, reject) => {
        pending = { resolve, reject };
        socket.cork();
        socket.write(text, "latin1");
        if (body.length > 0) socket.write(body);
        socket.uncork();
      });
      if (answer.status >= 300)
        throw new Error(`${method} ${path}: ${answer.status} ${answer.body.subarray(0, 500)}`);
      return answer.body;
    },
    close: () => socket.destroy(),
  };
}
