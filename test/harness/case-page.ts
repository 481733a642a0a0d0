import { readMarks, type Expectation } from "./expectations";
import { sectionsOf, type Fence, type Section } from "./fences";

export interface CaseFile {
  readonly path: string;
  readonly text: string;
  readonly expectations: readonly Expectation[];
  readonly pageLines: readonly number[];
}

/** The texts after one fix, whole, by path. */
export interface Golden {
  readonly title: string;
  readonly line: number;
  readonly files: ReadonlyMap<string, string>;
}

export interface Case {
  readonly heading: string;
  readonly line: number;
  readonly files: readonly CaseFile[];
  readonly goldens: readonly Golden[];
  /** Rules to run beside the page's own. */
  readonly also: readonly string[];
  /** What no title of a fix may say; an empty one stands for every fix. */
  readonly notOffered: readonly string[];
  readonly includeTests: boolean;
  readonly includeAssumed: boolean;
  /** The framework that the case is about. */
  readonly framework: string;
  /** Whether the framework's shop stands beside the case's own files. */
  readonly hasShop: boolean;
}

/**
 * Reads a page of cases. Fences before the first heading are shared by all cases; a case's own fence takes the place of a shared one of
 * that path, unless it says `append`. Further fences of one path in a case go on with the same file. `fixed "Title"` takes the place of
 * the last fence of its path. `shop: prisma`, for the page or a case, says whose shop the files stand in; `shop: prisma, none` that it is about Prisma and has
 * every file itself. Without that line it is the framework that the page is named for, or Django.
 */
export function readCasePage(page: string, framework = "django"): readonly Case[] {
  const [shared, ...cases] = sectionsOf(page);
  return cases.filter((each) => each.fences.length > 0).map((each) => readCase(each, shared, framework));
}

function readCase(section: Section, shared: Section, framework: string): Case {
  const parts = new Map<string, Fence[]>();
  for (const fence of shared.fences) partsOf(parts, pathOf(fence)).push(fence);
  const own = new Set<string>();
  const goldenFences: Fence[] = [];
  for (const fence of section.fences) {
    if (fence.words.includes("fixed")) {
      goldenFences.push(fence);
      continue;
    }
    const path = pathOf(fence);
    if (!own.has(path) && !fence.words.includes("append")) parts.delete(path);
    own.add(path);
    partsOf(parts, path).push(fence);
  }
  const prose = shared.prose + section.prose;
  const options = prose.match(/^options:.*$/gm)?.join(" ") ?? "";
  const shop = /^shop:\s*([a-z]+)(,\s*none)?/m;
  const [, named = framework, without] = shop.exec(section.prose) ?? shop.exec(shared.prose) ?? [];
  return {
    heading: section.heading,
    line: section.line,
    files: [...parts].map(([path, fences]) => joinFences(path, fences)),
    goldens: readGoldens(goldenFences, parts),
    also: [...prose.matchAll(/^also:\s*(.*)$/gm)].flatMap((match) => match[1].match(/[a-z][a-z-]+/g) ?? []),
    notOffered: [...prose.matchAll(/^not offered:\s*(.+)$/gm)].map((match) => (match[1].trim() === "anything" ? "" : match[1].trim())),
    includeTests: /\bincludeTests\b/.test(options),
    includeAssumed: /\bincludeAssumed\b/.test(options),
    framework: named,
    hasShop: without === undefined,
  };
}

function partsOf(parts: Map<string, Fence[]>, path: string): Fence[] {
  let fences = parts.get(path);
  if (!fences) parts.set(path, (fences = []));
  return fences;
}

function pathOf(fence: Fence): string {
  const path = fence.words[0];
  if (path === undefined || path === "fixed") throw new Error(`line ${fence.line - 1}: the fence names no file`);
  return path;
}

function joinFences(path: string, fences: readonly Fence[]): CaseFile {
  const marked = fences.map((fence) => readMarks(fence.text, fence.line));
  const expectations: Expectation[] = [];
  const pageLines: number[] = [];
  for (const each of marked) {
    const offset = pageLines.length;
    expectations.push(...each.expectations.map((one) => ({ ...one, line: one.line + offset })));
    pageLines.push(...each.pageLines.slice(0, -1)); // a fence ends with a line break: what follows it is the next one's
  }
  pageLines.push((pageLines.at(-1) ?? 0) + 1);
  return { path, text: marked.map((each) => each.text).join(""), expectations, pageLines };
}

function readGoldens(fences: readonly Fence[], parts: ReadonlyMap<string, readonly Fence[]>): readonly Golden[] {
  const goldens = new Map<string, { title: string; line: number; files: Map<string, string> }>();
  for (const fence of fences) {
    const path = pathOf(fence);
    const title = fence.words[fence.words.indexOf("fixed") + 1];
    if (!title) throw new Error(`line ${fence.line - 1}: \`fixed\` needs the title of the fix in quotes`);
    const before = (parts.get(path) ?? []).slice(0, -1).map((each) => readMarks(each.text, each.line).text);
    let golden = goldens.get(title);
    if (!golden) goldens.set(title, (golden = { title, line: fence.line - 1, files: new Map() }));
    if (golden.files.has(path)) throw new Error(`line ${fence.line - 1}: a second result of "${title}" for ${path}`);
    golden.files.set(path, [...before, readMarks(fence.text, fence.line).text].join(""));
  }
  return [...goldens.values()];
}
