/** A self-signed certificate for 127.0.0.1, made on the spot: no key lies in the repository, and none can expire. */
import { createHash, generateKeyPairSync, sign } from "node:crypto";

export interface Pair {
  /** PEM */
  cert: string;
  key: string;
}

const dayMs = 86_400_000;

/** `name` becomes its common name. Valid from yesterday for a month, unless it is told otherwise, in days from now. */
export function selfSigned(name: string, days: { from: number; to: number } = { from: -1, to: 30 }): Pair {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const publicInfo = publicKey.export({ type: "spki", format: "der" });
  const commonName = sequence(set(sequence(objectId("550403"), utf8String(name))));
  const valid = sequence(utcTime(Date.now() + days.from * dayMs), utcTime(Date.now() + days.to * dayMs));
  const ecdsaWithSha256 = sequence(objectId("2a8648ce3d040302"));
  const alternativeNames = sequence(
    objectId("551d11"),
    octets(sequence(der(0x87, Buffer.of(127, 0, 0, 1)), der(0x82, Buffer.from("localhost")))),
  );
  const body = sequence(
    der(0xa0, integer(Buffer.of(2))),
    integer(createHash("sha256").update(publicInfo).digest().subarray(0, 8).fill(1, 0, 1)),
    ecdsaWithSha256,
    commonName,
    valid,
    commonName,
    publicInfo,
    der(0xa3, sequence(alternativeNames)),
  );
  const signature = sign("sha256", body, privateKey);
  const certificate = sequence(body, ecdsaWithSha256, der(0x03, Buffer.concat([Buffer.of(0), signature])));
  return { cert: pem(certificate), key: privateKey.export({ type: "pkcs8", format: "pem" }).toString() };
}

function der(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const lengthBytes =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...lengthBytes), content]);
}

const sequence = (...parts: Buffer[]): Buffer => der(0x30, Buffer.concat(parts));
const set = (...parts: Buffer[]): Buffer => der(0x31, Buffer.concat(parts));
const integer = (bytes: Buffer): Buffer => der(0x02, bytes);
const objectId = (hex: string): Buffer => der(0x06, Buffer.from(hex, "hex"));
const octets = (content: Buffer): Buffer => der(0x04, content);
const utf8String = (text: string): Buffer => der(0x0c, Buffer.from(text));

function utcTime(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replace(/\D/g, "").slice(2, 14);
  return der(0x17, Buffer.from(`${digits}Z`));
}

function pem(bytes: Buffer): string {
  const lines = bytes.toString("base64").match(/.{1,64}/g)!;
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
}
