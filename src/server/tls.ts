/** Certificate and key from files, read again when they change: new connections get the new pair, open ones stay as they are. */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { createSecureContext, type SecureContextOptions, type TlsOptions } from "node:tls";
import { FrancaError } from "../errors.ts";
import { whyUnread } from "./why-unread.ts";

export interface TlsFiles {
  /** PEM: the certificate, followed by those that sign it. */
  certFile: string;
  /** PEM, not encrypted. */
  keyFile: string;
}

export interface Tls {
  /** For a server that begins now. */
  serverOptions(): TlsOptions;
  /** Called with what new connections are to use, whenever it changes. */
  follow(change: (context: SecureContextOptions) => void): void;
  /** Looks at the files at once. A bad pair is warned about, and the old one stays. */
  reload(): Promise<void>;
  stop(): void;
}

/** How often the files are looked at; watching them by events misses how volumes and links are swapped. */
const lookEveryMs = 2_000;

/** @throws FrancaError invalid_argument, that names the file */
export async function tlsOf(files: TlsFiles, onWarning: (warning: FrancaError) => void): Promise<Tls> {
  let used = await stampOf(files).catch(() => "gone");
  let lastSeen = used;
  let context = await read(files);
  const followers: ((context: SecureContextOptions) => void)[] = [];
  const reload = async (): Promise<void> => {
    try {
      context = await read(files);
      for (const follower of followers) follower(context);
    } catch (error) {
      const message = `the new certificate is not used, the old one stays: ${(error as Error).message}`;
      onWarning(new FrancaError("failed_precondition", message, { cause: error, details: { ...files } }));
    }
  };
  const tellValidity = validityTold(onWarning);
  tellValidity(context, files);
  const look = async (): Promise<void> => {
    tellValidity(context, files);
    const seen = await stampOf(files).catch(() => "gone");
    // Two files do not change at once: a pair counts when it stayed as it is from one look to the next.
    const isSettled = seen === lastSeen;
    lastSeen = seen;
    if (seen === used || !isSettled) return;
    used = seen;
    await reload();
  };
  const timer = setInterval(() => void look(), lookEveryMs).unref();
  return {
    serverOptions: () => ({ ...context, handshakeTimeout: 10_000 }),
    follow: (change) => void followers.push(change),
    reload,
    stop: () => clearInterval(timer),
  };
}

/** Tells once that a certificate ends soon, has ended, or has not begun: the server goes on, and clients refuse it. */
function validityTold(
  onWarning: (warning: FrancaError) => void,
): (context: SecureContextOptions, files: TlsFiles) => void {
  let told: string | undefined;
  return ({ cert }, files) => {
    const message = validityWarning(new X509Certificate(cert as Buffer), files.certFile);
    if (message !== undefined && message !== told) {
      onWarning(new FrancaError("failed_precondition", message, { details: { ...files } }));
    }
    told = message;
  };
}

/** A week is time for whoever should have renewed it. */
const soonMs = 7 * 86_400_000;

function validityWarning({ validFrom, validTo }: X509Certificate, path: string): string | undefined {
  const [from, to, now] = [Date.parse(validFrom), Date.parse(validTo), Date.now()];
  const advice = "put a new one there; it is read without a restart";
  if (now < from)
    return `the certificate in ${path} is valid from ${isoOf(from)} on, and clients refuse it until then`;
  if (now >= to)
    return `the certificate in ${path} expired at ${isoOf(to)}, and clients refuse it: ${advice}`;
  return to - now < soonMs ? `the certificate in ${path} expires at ${isoOf(to)}: ${advice}` : undefined;
}

const isoOf = (ms: number): string => new Date(ms).toISOString();

async function read({ certFile, keyFile }: TlsFiles): Promise<SecureContextOptions> {
  const [cert, key] = await Promise.all([readPem(certFile), readPem(keyFile)]);
  const context: SecureContextOptions = { cert, key, minVersion: "TLSv1.2" };
  let matches: boolean;
  try {
    matches = new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
    if (matches) createSecureContext(context);
  } catch (error) {
    const why = mistakeIn(cert, key) ?? (error as Error).message;
    throw new FrancaError(
      "invalid_argument",
      `expected a certificate in ${certFile} and its private key in ${keyFile}, both as PEM: ${why}`,
      { cause: error, details: { certFile, keyFile } },
    );
  }
  if (matches) return context;
  throw new FrancaError(
    "invalid_argument",
    `the private key in ${keyFile} is not that of the certificate in ${certFile}`,
    { details: { certFile, keyFile } },
  );
}

/** What people do, in words; OpenSSL's are for those who know it. */
function mistakeIn(cert: Buffer, key: Buffer): string | undefined {
  const [inCert, inKey] = [cert, key].map((pem) => pem.toString("latin1")) as [string, string];
  const begins = (pem: string, what: string): boolean => new RegExp(`-----BEGIN [A-Z ]*${what}`).test(pem);
  if (!begins(inCert, "CERTIFICATE")) {
    return begins(inKey, "CERTIFICATE") && begins(inCert, "PRIVATE KEY")
      ? "they are the other way round"
      : "there is no certificate in the first";
  }
  if (!begins(inKey, "PRIVATE KEY")) return "there is no private key in the second";
  const isEncrypted = begins(inKey, "ENCRYPTED PRIVATE KEY") || inKey.includes("Proc-Type: 4,ENCRYPTED");
  return isEncrypted
    ? "the key is encrypted, and there is nobody to ask for its passphrase; `openssl pkey -in KEY -out NEW` decrypts it"
    : undefined;
}

async function readPem(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new FrancaError("invalid_argument", `${path} cannot be read: ${whyUnread(error)}`, {
      cause: error,
      details: { path },
    });
  }
}

/** Changes when a file is written, replaced, or a link to it is moved. */
async function stampOf({ certFile, keyFile }: TlsFiles): Promise<string> {
  const [cert, key] = await Promise.all([stat(certFile), stat(keyFile)]);
  return [cert, key].map(({ ino, size, mtimeMs }) => `${ino} ${size} ${mtimeMs}`).join();
}
