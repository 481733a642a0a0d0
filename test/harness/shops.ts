import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { sectionsOf } from "./fences";

/** One shop, written for one framework: the files that a case or an example has unless it brings its own. */
export interface Shop {
  readonly files: ReadonlyMap<string, string>;
  /** What an example without imports of its own starts with. */
  readonly imports: string;
}

const shops = new Map<string, Shop>();

/** The shop of a framework, out of its page in `shops`; undefined when there is none. Django's is in project.ts: it depends on the other files. */
export function shopOf(framework: string): Shop | undefined {
  const known = shops.get(framework);
  if (known) return known;
  const page = join(__dirname, "shops", `${framework}.md`);
  if (!existsSync(page)) return undefined;
  const files = new Map<string, string>();
  let imports = "";
  for (const fence of sectionsOf(readFileSync(page, "utf8")).flatMap((section) => section.fences)) {
    const path = fence.words[0];
    if (path === "imports") imports = fence.text;
    else files.set(path, fence.text);
  }
  const shop = { files, imports };
  shops.set(framework, shop);
  return shop;
}
