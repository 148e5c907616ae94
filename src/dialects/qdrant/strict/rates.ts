/** Requests per minute that strict mode allows: a bucket for each collection and kind, refilled evenly. */
import { rateLimited } from "../errors.ts";

interface Bucket {
  limit: number;
  left: number;
  atMs: number;
}

const buckets = new Map<string, Bucket>();
const minuteMs = 60_000;

/** @throws FrancaError resource_exhausted, with the time after which it may go */
export function spend(
  collection: string,
  kind: "read" | "write",
  cost: number,
  limit: number | undefined,
): void {
  const key = `${kind} ${collection}`;
  if (limit === undefined) return void buckets.delete(key);
  const nowMs = performance.now();
  let bucket = buckets.get(key);
  if (bucket === undefined || bucket.limit !== limit) {
    bucket = { limit, left: limit, atMs: nowMs };
    buckets.set(key, bucket);
  }
  bucket.left = Math.min(limit, bucket.left + ((nowMs - bucket.atMs) / minuteMs) * limit);
  bucket.atMs = nowMs;
  const name = kind === "read" ? "Read" : "Write";
  if (cost > limit) {
    throw rateLimited(
      `${name} rate limit exceeded, request larger than the limit of ${limit}: it can never be allowed, split it`,
      minuteMs,
    );
  }
  if (bucket.left < cost) {
    const waitMs = ((cost - bucket.left) / limit) * minuteMs;
    throw rateLimited(
      `${name} rate limit exceeded: Operation requires ${cost} tokens but only ${Math.floor(bucket.left * 10) / 10} were available. Retry after ${Math.ceil(waitMs / 1_000)}s`,
      waitMs,
    );
  }
  bucket.left -= cost;
}
