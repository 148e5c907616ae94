/**
 * Every setting of `franca serve`, once: its flag is `--body-limit`, its variable FRANCA_BODY_LIMIT, its key in the file
 * `body-limit`. Help, checks, `--print-config` and the table in docs/serving.md come from here.
 */
import type { Dialect } from "../../dialect.ts";
import {
  address,
  bytes,
  choice,
  count,
  duration,
  file,
  flag,
  type Kind,
  names,
  origins,
  port,
  secret,
  share,
  text,
  threshold,
} from "./kinds.ts";

export interface Setting<T = unknown> {
  kind: Kind<T>;
  /** Absent: not set. */
  default?: T;
  description: string;
}

const setting = <T>(kind: Kind<T>, description: string, fallback?: T): Setting<T> => ({
  kind,
  description,
  ...(fallback !== undefined && { default: fallback }),
});

const mebibyte = 2 ** 20;

/** What `serve` is started with, beside the ports. Times in milliseconds, sizes in bytes. */
export interface Configuration {
  db?: string;
  host: string;
  dialect: string[];
  snapshots?: string;
  "api-key"?: string;
  "read-only-api-key"?: string;
  "keys-file"?: string;
  "jwt-rbac": boolean;
  "insecure-no-auth": boolean;
  "tls-cert"?: string;
  "tls-key"?: string;
  "max-memory"?: number;
  durability: "commit" | "os";
  "sample-recall": number;
  kernel?: "native" | "wasm";
  "body-limit": number;
  "result-limit": number;
  "max-concurrent": number;
  "queue-length": number;
  "queue-wait": number;
  "max-connections": number;
  timeout: number;
  "max-timeout": number;
  grace: number;
  "log-level": "debug" | "info" | "warn" | "error" | "silent";
  "log-format"?: "json" | "text";
  "log-requests": "debug" | "info";
  "slow-query": number;
  "allowed-origins"?: string[];
  "audit-file"?: string;
  "open-metrics"?: boolean;
  "metrics-key"?: string;
  "otlp-endpoint"?: string;
  "trace-sample": number;
}

/** The database's folder where none is set. */
export const usualFolder = ".franca";

export const settings: {
  readonly [K in keyof Required<Configuration>]: Setting<NonNullable<Configuration[K]>>;
} = {
  db: setting(text("folder"), "The database's folder, or :memory: (default: $FRANCA_DB, else ./.franca)"),
  host: setting(address, "Address to listen on", "127.0.0.1"),
  dialect: setting(names, "Dialects to speak", ["franca", "qdrant"]),
  snapshots: setting(
    text("folder"),
    "Where snapshots over Qdrant's wire are kept (default: the database's, with -snapshots)",
  ),
  "api-key": setting(secret, "A key that may do everything"),
  "read-only-api-key": setting(secret, "A key that may only read"),
  "keys-file": setting(file, "File of keys with roles and scopes, read again when it changes (franca key)"),
  "jwt-rbac": setting(flag, "Takes access tokens (JWT, HS256) that are signed by --api-key", false),
  "insecure-no-auth": setting(flag, "Listen beyond this machine without any key", false),
  "tls-cert": setting(file, "Certificate chain (PEM), read again when it changes"),
  "tls-key": setting(file, "Its private key (PEM)"),
  "max-memory": setting(bytes(8 * mebibyte), "What the collections' data may hold in memory"),
  durability: setting(
    choice("commit", "os"),
    "When a write is acknowledged: when it survives a power cut, or the process",
    "commit",
  ),
  "sample-recall": setting(
    share,
    "Share of the time in which answers are repeated exactly, to measure recall",
    0.01,
  ),
  kernel: setting(choice("native", "wasm"), "Which build of the kernel (default: native where it loads)"),
  "body-limit": setting(bytes(1), "Largest body of a request, decompressed", 64 * mebibyte),
  "result-limit": setting(bytes(1), "Largest answer", 256 * mebibyte),
  "max-concurrent": setting(count(1), "Requests worked on at once", 64),
  "queue-length": setting(count(0), "Requests that wait for their turn; more are refused", 1024),
  "queue-wait": setting(duration(0), "How long a request waits for its turn", 5_000),
  "max-connections": setting(count(1), "Connections at once", 4096),
  timeout: setting(duration(1), "Time for a request that asks for none", 60_000),
  "max-timeout": setting(duration(1), "The most a request may ask for", 600_000),
  grace: setting(duration(0), "Time for requests under way when the server stops", 10_000),
  "log-level": setting(choice("debug", "info", "warn", "error", "silent"), "What is logged", "info"),
  "log-format": setting(choice("json", "text"), "How (default: text on a terminal, else json)"),
  "log-requests": setting(
    choice("debug", "info"),
    "At which level requests that went well are logged",
    "debug",
  ),
  "slow-query": setting(
    threshold,
    "Queries that take so long are logged with their plan: 0 is each, never none",
    1_000,
  ),
  "allowed-origins": setting(origins, "Origins of web pages that may use the server; * is every page"),
  "audit-file": setting(text("path"), "Every write and refusal, a line of JSON each"),
  "open-metrics": setting(flag, "/metrics asks for no key (default: only on this machine)"),
  "metrics-key": setting(secret, "A key for /metrics alone, shown as a bearer token"),
  "otlp-endpoint": setting(text("url"), "Where traces are sent to (OTLP over HTTP)"),
  "trace-sample": setting(share, "Share of the requests that are traced", 0.01),
};

/** `--qdrant-port`, `--qdrant-grpc-port`, … */
export function portSettings(dialects: readonly Dialect[]): { [name: string]: Setting<number> } {
  const all: { [name: string]: Setting<number> } = {};
  for (const { name, ports } of dialects) {
    const sharing = sharedWith(name, dialects);
    const description = `Port of the ${name} dialect`;
    all[`${name}-port`] =
      sharing === undefined
        ? setting(port, description, ports.rest)
        : setting(port, `${description} (default: that of ${sharing})`);
    if (ports.grpc !== undefined)
      all[`${name}-grpc-port`] = setting(
        port,
        `Its gRPC port (default: ${ports.grpc}, or any where the other is 0)`,
      );
  }
  return all;
}

/** The dialect that is looked for on the same port and named before it: unless it is told otherwise, it goes where that one goes. */
export function sharedWith(name: string, dialects: readonly Dialect[]): string | undefined {
  const { rest } = dialects.find((dialect) => dialect.name === name)!.ports;
  const first = dialects.find((dialect) => dialect.ports.rest === rest)!;
  return first.name === name ? undefined : first.name;
}
