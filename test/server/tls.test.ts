/** REST and gRPC under TLS, with files that change. */
import { createPrivateKey } from "node:crypto";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { Agent, get } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type TLSSocket } from "node:tls";
import { Client, credentials } from "@grpc/grpc-js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Pair, selfSigned } from "./certificate.ts";
import { type Hosted, startHosted } from "./hosted.ts";
import { connection, eventually, exchange } from "./raw.ts";

const asIs = (bytes: Buffer): Buffer => bytes;

describe("a server under TLS", () => {
  let folder: string;
  let hosted: Hosted;
  const [first, second] = [selfSigned("first"), selfSigned("second")];
  const files = () => ({ certFile: join(folder, "cert.pem"), keyFile: join(folder, "key.pem") });
  const write = async ({ cert, key }: Pair) => {
    await writeFile(join(folder, "new.pem"), key);
    await rename(join(folder, "new.pem"), files().keyFile);
    await writeFile(files().certFile, cert);
  };
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "franca-tls-"));
    await write(first);
    hosted = await startHosted({ tls: files() });
  });
  afterAll(async () => {
    await hosted.stop();
    await rm(folder, { recursive: true });
  });

  const ask = (agent: Agent, path = "/hello/you") =>
    new Promise<number>((resolve, reject) => {
      get({ port: hosted.port, host: "127.0.0.1", path, agent }, (response) => {
        response.resume().once("end", () => resolve(response.statusCode!));
      }).once("error", reject);
    });
  const nameShown = () =>
    new Promise<string>((resolve, reject) => {
      const socket: TLSSocket = connect(
        { port: hosted.port, host: "127.0.0.1", rejectUnauthorized: false },
        () => {
          resolve(String(socket.getPeerCertificate().subject.CN));
          socket.destroy();
        },
      ).once("error", reject);
    });
  const echo = (client: Client) =>
    new Promise<string>((resolve, reject) => {
      client.makeUnaryRequest("/trying.Trying/Echo", asIs, asIs, Buffer.from("hi"), (error, value) =>
        error === null ? resolve(String(value)) : reject(error),
      );
    });

  it("answers REST and gRPC, and says https in its addresses", async () => {
    expect(hosted.server.addresses.trying).toBe(`https://127.0.0.1:${hosted.port}`);
    expect(await ask(new Agent({ ca: first.cert }))).toBe(200);
    const client = new Client(
      hosted.server.grpcAddresses.trying!,
      credentials.createSsl(Buffer.from(first.cert)),
    );
    expect(await echo(client)).toBe("hi");
    client.close();
  });

  it("speaks nothing older than TLS 1.2, and nothing in the clear", async () => {
    const old = new Agent({ ca: first.cert, maxVersion: "TLSv1.1", minVersion: "TLSv1" });
    await expect(ask(old)).rejects.toThrow();
    expect(await exchange(hosted.port, "GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n")).not.toMatch(/200/);
  });

  it("reads a new pair, shows it to new connections, and keeps the open ones", async () => {
    const staying = new Agent({ ca: first.cert, keepAlive: true, maxSockets: 1 });
    expect(await ask(staying)).toBe(200);
    const client = new Client(
      hosted.server.grpcAddresses.trying!,
      credentials.createSsl(Buffer.from(first.cert)),
    );
    expect(await echo(client)).toBe("hi");
    await write(second);
    await hosted.server.reloadTls();
    expect(await nameShown()).toBe("second");
    expect(await ask(staying)).toBe(200);
    expect(await echo(client)).toBe("hi");
    const renewed = new Client(
      hosted.server.grpcAddresses.trying!,
      credentials.createSsl(Buffer.from(second.cert)),
    );
    expect(await echo(renewed)).toBe("hi");
    for (const one of [client, renewed]) one.close();
    staying.destroy();
  });

  it("keeps the pair it has when the new one is bad, and warns", async () => {
    const before = hosted.warnings.length;
    await writeFile(files().keyFile, first.key);
    await hosted.server.reloadTls();
    await writeFile(files().keyFile, "no key at all");
    await hosted.server.reloadTls();
    expect(await nameShown()).toBe("second");
    expect(hosted.warnings.slice(before).map(({ message }) => message)).toEqual([
      expect.stringContaining("is not that of the certificate"),
      expect.stringContaining("expected a certificate in"),
    ]);
    await write(second);
  });

  it("notices by itself that the files changed", async () => {
    await write(first);
    let shown = "";
    await eventually(() => {
      void nameShown().then((name) => {
        shown = name;
      });
      return shown === "first";
    }, "the first certificate is shown again");
  }, 20_000);

  it("handshakes that never end, or are none, keep nobody out, and no stop waits for them", async () => {
    const own = await startHosted({ tls: files(), limits: { connections: 20 } });
    const silent = Array.from({ length: 30 }, (_, i) => {
      const client = connection(own.port);
      if (i % 3 === 1) client.send(Uint8Array.of(0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3));
      if (i % 3 === 2) client.send("GET /livez HTTP/1.1\r\n\r\n");
      return client;
    });
    const agent = new Agent({ rejectUnauthorized: false });
    const asked = await new Promise<number>((resolve, reject) => {
      get({ port: own.port, host: "127.0.0.1", path: "/livez", agent }, (response) => {
        response.resume().once("end", () => resolve(response.statusCode!));
      }).once("error", reject);
    });
    expect(asked).toBe(200);
    await own.stop();
    await Promise.all(silent.map(({ ended }) => ended));
  });

  it("does not start with files that are no pair", async () => {
    const other = join(folder, "other.pem");
    await writeFile(other, second.key);
    await expect(startHosted({ tls: { ...files(), keyFile: other } })).rejects.toMatchObject({
      code: "invalid_argument",
      message: expect.stringContaining("other.pem is not that of the certificate"),
    });
    await expect(
      startHosted({ tls: { ...files(), certFile: join(folder, "none.pem") } }),
    ).rejects.toMatchObject({
      code: "invalid_argument",
      message: expect.stringContaining("none.pem cannot be read"),
    });
  });

  it.each([
    ["expired", { from: -9, to: -1 }, /own\.pem expired at 20.*clients refuse it: put a new one there/],
    ["about to expire", { from: -9, to: 3 }, /own\.pem expires at 20.*read without a restart/],
    ["not valid yet", { from: 1, to: 9 }, /own\.pem is valid from 20.*until then/],
  ])("begins with a certificate that is %s, and warns once", async (_, days, warning) => {
    const pair = selfSigned("own", days);
    const own = { certFile: join(folder, "own.pem"), keyFile: join(folder, "own.key") };
    await writeFile(own.certFile, pair.cert);
    await writeFile(own.keyFile, pair.key);
    const { warnings, stop } = await startHosted({ tls: own });
    await stop();
    expect(warnings.map(({ message }) => message)).toEqual([expect.stringMatching(warning)]);
  });

  it("says in words what is wrong with files that were mixed up", async () => {
    const encrypted = createPrivateKey(first.key).export({
      type: "pkcs8",
      format: "pem",
      cipher: "aes-256-cbc",
      passphrase: "secret",
    });
    const paths = { cert: join(folder, "a.pem"), key: join(folder, "b.pem"), locked: join(folder, "c.pem") };
    await writeFile(paths.cert, first.cert);
    await writeFile(paths.key, first.key);
    await writeFile(paths.locked, encrypted);
    const refusal = (certFile: string, keyFile: string) =>
      startHosted({ tls: { certFile, keyFile } }).then(
        () => "it started",
        ({ message }) => message,
      );
    expect(await refusal(paths.key, paths.cert)).toMatch(/both as PEM: they are the other way round/);
    expect(await refusal(paths.cert, paths.cert)).toMatch(/no private key in the second/);
    expect(await refusal(paths.key, paths.key)).toMatch(/no certificate in the first/);
    expect(await refusal(paths.cert, paths.locked)).toMatch(/the key is encrypted.*openssl pkey/);
  });

  it("warns of files that are gone, and goes on with what it has", async () => {
    const own = { certFile: join(folder, "gone.pem"), keyFile: join(folder, "gone.key") };
    await writeFile(own.certFile, first.cert);
    await writeFile(own.keyFile, first.key);
    const { warnings, server, stop } = await startHosted({ tls: own });
    await rm(own.certFile);
    await eventually(() => warnings.length > 0, "a warning came");
    expect(warnings[0]?.message).toMatch(/the old one stays: .*gone\.pem cannot be read/);
    expect(server.addresses.trying).toMatch(/^https/);
    await stop();
  }, 20_000);
});
