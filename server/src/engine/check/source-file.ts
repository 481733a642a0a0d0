import type { FileFacts } from "../facts";
import type { FrontEnd } from "../languages";
import { splitSpecifier } from "../project";
import { MissingGrammar, type GrammarName, type Parsers } from "../syntax";
import type { FileRole } from "./file-role";

/** A file of the workspace that a front end exists for, with what it says. */
export interface SourceFile {
  readonly text: string;
  readonly frontEnd: FrontEnd;
  readonly role: FileRole;
  /** Absent when the file could not be lowered. */
  readonly facts?: FileFacts;
  /** Why not, for people. */
  readonly problem?: string;
  /** The grammar that it lacks, which is said once for all files of its kind. */
  readonly lacks?: GrammarName;
}

/** Whether nobody has tried to read a file so far. */
export function isUnread({ facts, problem }: SourceFile): boolean {
  return !facts && !problem;
}

/** Longer texts were made by machines. */
const longestText = 5_000_000;

/** Parses and lowers one text; a crash of ours is thrown when `strict`, else named in `problem`. */
export function lowerFile(parsers: Parsers, frontEnd: FrontEnd, uri: string, text: string, role: FileRole, strict: boolean): SourceFile {
  if (text.length > longestText) return { text, frontEnd, role, problem: `skipped: ${text.length} characters are more than anybody writes by hand` };
  try {
    return { text, frontEnd, role, facts: frontEnd.lower(text, uri, parsers) };
  } catch (error) {
    if (error instanceof MissingGrammar) return { text, frontEnd, role, problem: `could not be read: ${error.message}`, lacks: error.grammar };
    if (strict) throw error;
    return { text, frontEnd, role, problem: `could not be read: ${describeError(error)}` };
  }
}

/** Whether a file imports one of these top-level packages. */
export function importsAny(facts: FileFacts, packages: ReadonlySet<string>): boolean {
  if (facts.language === "typescript") return facts.declares.imports.some((each) => packages.has(splitSpecifier(each.module).name));
  return facts.declares.imports.some((each) => each.level === 0 && packages.has(each.module.split(".", 1)[0]));
}

/** Keys (`body:<uri>#<function id>`) of the bodies that two lowered versions of a file do not share. */
export function changedBodyKeys(before: FileFacts, after: FileFacts): readonly string[] {
  const a = before.fingerprint.bodies;
  const b = after.fingerprint.bodies;
  const ids = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...ids].filter((id) => a[id] !== b[id]).map((id) => `body:${after.uri}#${id}`);
}

/** Whether more of one version of a file cannot be read than of another. */
export function readsLess(after: FileFacts, before: FileFacts): boolean {
  return after.errors.length > before.errors.length || unread(after) > unread(before);
}

function unread({ errors }: FileFacts): number {
  return errors.reduce((sum, { start, end }) => sum + end - start, 0);
}

/** Half-typed code is no news; a file that is largely unreadable is. */
export function hidesCode(facts: FileFacts, text: string): boolean {
  return unread(facts) > 200 || (text.length > 0 && unread(facts) * 10 > text.length);
}

/** Whether a file that is not code is read for places as well as for words: all but requirement and lock files. */
export function hasPlaces(uri: string): boolean {
  return !/(\.(txt|in|lock|cfg)|pyproject\.toml|Pipfile|\/(package|package-lock|npm-shrinkwrap)\.json|\/pnpm-(lock|workspace)\.yaml|\/[tj]sconfig[^/]*\.json)$/i.test(uri);
}

/** The comments of a file that is not code. */
export function resourceComments(text: string): readonly string[] {
  return [...text.matchAll(/(?:^|\s)(#.*)$/gm)].map((match) => match[1].trim());
}

/** A requirement or lock file without comments and empty lines. */
export function meaningfulLines(text: string): string {
  return text.split(/\r?\n/).map((line) => line.replace(/(^|\s)#.*$/, "").trim()).filter(Boolean).join("\n");
}

export function describeError(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
