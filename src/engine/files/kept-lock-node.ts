/**
 * A lock that is held: its heartbeats, and how its owner notices that it was lost.
 *
 * Owners elsewhere take a lock over that was silent for `silentMs`. So within `trustedMs` of its last heartbeat an owner
 * has it without looking; after that, because it slept, or because the medium did, it makes another and looks whether the
 * lock is still its own. What is between the two is left for clocks that differ and for what happens between a look
 * and a write. Owners of this machine are looked up by their process: they lose nothing by sleeping.
 */
import { unlink, utimes } from "node:fs/promises";
import { FrancaError, isFrancaError } from "../../errors.ts";
import type { Lock } from "../file.ts";
import { isLostLock, lostLock } from "../lost-lock.ts";
import { nameOf, readOwner, silentMs } from "./lock-owner-node.ts";
import { type Moment, momentNow, msSince } from "./moment.ts";

const heartbeatMs = 5_000;
const trustedMs = silentMs / 3;

export class KeptLock implements Lock {
  readonly mayBeWrittenBeside: boolean;
  readonly #folder: string;
  readonly #path: string;
  readonly #nonce: string;
  readonly #timer: ReturnType<typeof setInterval>;
  /** When the last heartbeat began that was seen to be this lock's. */
  #beatAt: Moment;
  #beating: Promise<void> | undefined;
  #lost: FrancaError | undefined;

  /** @param since before its file was written */
  constructor(folder: string, path: string, nonce: string, since: Moment, mayBeWrittenBeside: boolean) {
    this.mayBeWrittenBeside = mayBeWrittenBeside;
    this.#folder = folder;
    this.#path = path;
    this.#nonce = nonce;
    this.#beatAt = since;
    this.#timer = setInterval(() => {
      // One that fails is missed only by who writes much later, and that one looks again.
      this.#beat().catch(() => {});
    }, heartbeatMs);
    this.#timer.unref();
  }

  expectHeld(): Promise<void> | undefined {
    if (this.#lost !== undefined) throw this.#lost;
    return msSince(this.#beatAt) <= trustedMs ? undefined : this.#confirm();
  }

  async release(): Promise<void> {
    clearInterval(this.#timer);
    await this.#beating?.catch(() => {});
    try {
      await this.expectHeld();
      await this.#expectOurs();
    } catch (error) {
      // It is another's to release.
      if (isLostLock(error)) return;
      throw error;
    }
    await unlink(this.#path);
  }

  async #confirm(): Promise<void> {
    // The first may have begun long ago.
    for (let left = 2; left > 0 && msSince(this.#beatAt) > trustedMs; left--) await this.#beat();
    if (msSince(this.#beatAt) <= trustedMs) return;
    throw new FrancaError(
      "unavailable",
      `${this.#path} answers so slowly that nobody can tell whether the lock is still this process's; try again`,
      { details: { file: this.#path } },
    );
  }

  #beat(): Promise<void> {
    this.#beating ??= this.#beatNow().finally(() => {
      this.#beating = undefined;
    });
    return this.#beating;
  }

  /** @throws FrancaError, for good, when the lock is not this one's any more; what the medium throws */
  async #beatNow(): Promise<void> {
    const began = momentNow();
    await this.#expectOurs();
    const nowSeconds = Date.now() / 1000;
    await utimes(this.#path, nowSeconds, nowSeconds).catch((error) => {
      if (error.code !== "ENOENT") throw error;
    });
    // Only now it is known whose heartbeat that was.
    await this.#expectOurs();
    this.#beatAt = began;
  }

  async #expectOurs(): Promise<void> {
    if (this.#lost !== undefined) throw this.#lost;
    const how = await this.#loss();
    if (how === undefined) return;
    clearInterval(this.#timer);
    this.#lost ??= how;
    throw this.#lost;
  }

  async #loss(): Promise<FrancaError | undefined> {
    const seconds = Math.round(msSince(this.#beatAt) / 1000);
    try {
      const owner = await readOwner(this.#path);
      if (owner?.nonce === this.#nonce) return undefined;
      return owner === undefined
        ? lostLock(this.#folder, `its file ${this.#path} is gone, which nobody but Franca may remove`)
        : lostLock(this.#folder, `${nameOf(owner)} has it, ${seconds} s after this one's last heartbeat`, {
            pid: owner.pid,
          });
    } catch (error) {
      // Content that no owner wrote.
      if (isFrancaError(error, "failed_precondition")) return lostLock(this.#folder, error.message);
      throw error;
    }
  }
}
