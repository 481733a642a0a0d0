import { createHash } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { deserialize, serialize } from "node:v8";
import type { Keeper } from "../keeper";

/** Keeps text and data in two files of a folder that is ours. The folder need not be there yet. */
export function keptFile(folder: string, version: string): Keeper {
  const text = join(folder, "findings.json");
  const data = join(folder, "session.bin");
  return {
    version,
    digest: (each) => createHash("sha1").update(each).digest("base64"),
    read: async () => (await contentOf(text))?.toString("utf8"),
    write: (each) => replace(folder, text, [Buffer.from(each)]),
    data: {
      encode: serialize,
      decode: deserialize,
      read: () => contentOf(data),
      write: (bytes) => replace(folder, data, bytes),
    },
  };
}

async function contentOf(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

async function replace(folder: string, path: string, bytes: readonly Uint8Array[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  // A process that ends in the middle leaves what was there before.
  const half = `${path}.${process.pid}`;
  await writeFile(half, bytes, { mode: 0o600 });
  await rename(half, path);
}
