/** How a server stops: no longer ready, nothing new, a grace time for what is under way, then the end. */
import { setTimeout as after } from "node:timers/promises";
import { FrancaError } from "../errors.ts";
import type { Host } from "./host.ts";
import type { Listener } from "./listener.ts";
import type { Tls } from "./tls.ts";

/** How long aborted requests have for saying so, and what was said for leaving the machine. */
const lastWordsMs = 500;

/** The way to stop: the first call is graceful, the second makes it hard. Both resolve when it is done. */
export function stopperOf(
  host: Host,
  listeners: readonly Listener[],
  tls: Tls | undefined,
): () => Promise<void> {
  let done: Promise<void> | undefined;
  const hurry = new AbortController();
  return () => {
    if (done === undefined) done = stop(host, listeners, tls, hurry.signal);
    else hurry.abort();
    return done;
  };
}

async function stop(
  host: Host,
  listeners: readonly Listener[],
  tls: Tls | undefined,
  hurry: AbortSignal,
): Promise<void> {
  host.stopTaking();
  tls?.stop();
  const closed = Promise.all(listeners.map((listener) => listener.close()));
  await within(host.quiet(), host.limits.graceMs, hurry);
  for (const exchange of host.exchanges) exchange.abort(cutOff());
  await within(Promise.all([host.quiet(), closed]), lastWordsMs, hurry);
  for (const listener of listeners) listener.destroy();
  await closed;
  // A handler that does not look at its signal is not waited for longer than this.
  await within(host.quiet(), host.limits.graceMs, hurry);
}

/** Names no pause: that would say that it was refused before it began, and a client would write again what may be written. */
function cutOff(): FrancaError {
  return new FrancaError("unavailable", "the server stopped before it had an answer to this request");
}

/** Until it is done, or so long, or there is no more patience. */
async function within(work: Promise<unknown>, mostMs: number, hurry: AbortSignal): Promise<void> {
  if (hurry.aborted) return;
  const patience = new AbortController();
  const out = AbortSignal.any([hurry, patience.signal]);
  await Promise.race([work, after(mostMs, undefined, { signal: out }).catch(() => {})]);
  patience.abort();
}
