/** A file that the addon maps for reading. */
import { FrancaError } from "../../errors.ts";
import type { MappedFile } from "../kernel.ts";
import type { Addon, MappingHandle } from "./addon.ts";

export class NativeMapping implements MappedFile {
  readonly sizeBytes: number;
  readonly handle: MappingHandle;
  readonly #addon: Addon;

  constructor(addon: Addon, path: string, sizeBytes: number) {
    const handle = addon.mapFile(path, sizeBytes);
    if (typeof handle === "string") {
      throw new FrancaError("unavailable", `${path} cannot be mapped: ${handle}`, {
        details: { file: path },
      });
    }
    this.sizeBytes = sizeBytes;
    this.handle = handle;
    this.#addon = addon;
  }

  unmap(): void {
    this.#addon.giveUpMapping(this.handle);
  }
}

/** The addon's handle of a mapped file. @throws FrancaError invalid_argument for one that this kernel did not make */
export function mappingHandle(file: MappedFile): MappingHandle {
  if (file instanceof NativeMapping) return file.handle;
  throw new FrancaError("invalid_argument", "a file mapped by the native kernel was expected");
}
