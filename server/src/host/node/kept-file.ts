import { createHash } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Keeper } from "../keeper";

/** Keeps the text in a file of a folder that is ours. The folder need not be there yet. */
export function keptFile(folder: string, version: string): Keeper {
  const path = join(folder, "findings.json");
  return {
    version,
    digest: (text) => createHash("sha1").update(text).digest("base64"),
    async read() {
      try {
        return await readFile(path, "utf8");
      } catch (error) {
        if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
        throw error;
      }
    },
    async write(text) {
      await mkdir(folder, { recursive: true });
      // A process that ends in the middle leaves what was there before.
      const half = `${path}.${process.pid}`;
      await writeFile(half, text, { mode: 0o600 });
      await rename(half, path);
    },
  };
}
