import { sectionsOf, type Fence } from "./fences";
import { frameworkNames } from "../../rules/tools/catalogue";
import { shopModels } from "./project";
import { shopOf } from "./shops";

/** An example in a rule's page: one fence, or neighbouring ones of one mark for different files. */
export interface DocExample {
  readonly mark: "bad" | "good";
  readonly heading: string;
  readonly line: number;
  readonly framework: string;
  /** Texts by path. */
  readonly files: ReadonlyMap<string, string>;
}

export interface DocPage {
  readonly headings: readonly string[];
  readonly examples: readonly DocExample[];
  /** What stands under a heading, fences left out. */
  readonly prose: ReadonlyMap<string, string>;
}

/**
 * Reads a rule's page. A fence `py bad` or `py good` is `shop/views.py` unless it names a file; files that are not Python stand at the top. Under `### Prisma` and
 * the like examples are that framework's: `ts bad` is `src/example.ts`.
 */
export function readDocPage(page: string): DocPage {
  const sections = sectionsOf(page);
  const examples: { mark: "bad" | "good"; heading: string; line: number; framework: string; files: Map<string, string> }[] = [];
  for (const section of sections) {
    let open: (typeof examples)[number] | undefined;
    for (const fence of section.fences) {
      const mark = fence.words.find((word) => word === "bad" || word === "good");
      if (mark === undefined) continue;
      const framework = frameworkOf(fence);
      const path = pathOf(fence);
      if (!open || open.mark !== mark || open.framework !== framework || open.files.has(path)) {
        open = { mark, heading: section.heading, line: fence.line, framework, files: new Map() };
        examples.push(open);
      }
      open.files.set(path, framework === "django" ? withImports(path, fence.text) : withShopImports(path, fence.text, framework));
    }
  }
  return {
    headings: sections.map((each) => each.heading).filter(Boolean),
    prose: new Map(sections.map((each) => [each.heading, each.prose.trim()])),
    examples,
  };
}

function frameworkOf(fence: Fence): string {
  return [...frameworkNames].find(([, name]) => name === fence.under)?.[0] ?? "django";
}

function pathOf(fence: Fence): string {
  const named = fence.words.find((word) => word !== "bad" && word !== "good");
  if (/^([jt]sx?)$/.test(fence.language)) return named ?? `src/example.${fence.language}`;
  const name = named ?? (fence.language === "prisma" ? "prisma/schema.prisma" : "views.py");
  return name.includes("/") || !name.endsWith(".py") ? name : `shop/${name}`;
}

/** Examples may leave out what every reader knows: the imports, and models that are not the point. */
function withImports(path: string, text: string): string {
  if (!path.endsWith(".py")) return text;
  if (path.endsWith("/models.py")) return /^class /m.test(text) ? `${otherModels(text)}\n\n${text}` : text;
  if (/^(from|import) /m.test(text) || /settings/.test(path)) return text;
  return `from django.db import models\nfrom django.db.models import Count, Exists, F, Max, Min, OuterRef, Prefetch, Q, Sum\nfrom shop.models import *\n\n\n${text}`;
}

function withShopImports(path: string, text: string, framework: string): string {
  return path.startsWith("src/example.") && !/from "\.\/(db|entities|schema|models)"/.test(text) ? `${shopOf(framework)?.imports ?? ""}\n${text}` : text;
}

/** The shop's models without those that an example defines anew. */
function otherModels(text: string): string {
  const own = new Set([...text.matchAll(/^class (\w+)/gm)].map((match) => match[1]));
  const [head, ...classes] = shopModels.split(/^(?=class )/m);
  return [head, ...classes.filter((each) => !own.has(/^class (\w+)/.exec(each)![1]))].join("").trimEnd();
}
