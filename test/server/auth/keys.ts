/** Keys and files of keys to try. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { hashOf, type Key, newSecret, type Role } from "../../../src/server/auth/key.ts";
import { showKeys } from "../../../src/server/auth/key-file.ts";
import { Scope } from "../../../src/server/auth/scope.ts";

export interface Made {
  key: Key;
  secret: string;
}

export function makeKey(
  name: string,
  role: Role,
  { collections, ...rest }: { collections?: string[] } & Partial<Key> = {},
): Made {
  const secret = newSecret();
  const scope = collections === undefined ? Scope.all : Scope.of(collections, "collections");
  return { key: { name, role, hash: hashOf(secret), scope, ...rest }, secret };
}

export function keyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "franca-keys-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function writeKeys(path: string, keys: readonly Key[]): void {
  writeFileSync(path, showKeys(keys), { mode: 0o600 });
}
