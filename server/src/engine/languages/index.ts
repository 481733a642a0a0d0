import type { FileFacts, FileMentions, Language } from "../facts";
import type { GrammarName, Parsers } from "../syntax";
import { commentsInDjangoTemplate, lowerDjangoTemplate } from "./django-template";
import { commentsInJinja, lowerJinja } from "./jinja";
import { commentsInSchema, lowerSchema } from "./prisma";
import { commentsInPython, lowerPython } from "./python";
import { isTemplate, isTemplatePath, templateLanguage } from "./template-files";
import { attentionOf, commentsInTypeScript, isScriptPath, lowerTypeScript, mentionsInText, type Attention } from "./typescript";

export { isTemplatePath, rootOfTemplate } from "./template-files";
export { isScriptPath } from "./typescript";

/** How files of one language become facts. Has an answer for any text; grammars are there for those that need one. */
export interface FrontEnd {
  readonly language: Language;
  lower(text: string, uri: string, parsers: Pick<Parsers, "parse">): FileFacts;
  /** The comments of a text, in order. */
  comments(text: string, parsers: Pick<Parsers, "parse">, uri: string): readonly string[];
  /** How soon a file is worth reading, as its text tells; without it every file counts. */
  attention?(text: string, uri: string): Attention;
  /** What a text says of other files, read or not; absent where only what is read counts. */
  mentions?(text: string, uri: string): FileMentions;
}

const python: FrontEnd = {
  language: "python",
  lower: (text, uri, parsers) => lowerPython(parsers.parse(text, "python"), text, uri),
  comments: (text, parsers) => commentsInPython(parsers.parse(text, "python"), text),
};
const typescript: FrontEnd = { language: "typescript", lower: lowerTypeScript, comments: commentsInTypeScript, attention: (text, uri) => attentionOf(uri, text), mentions: mentionsInText };
const djangoTemplate: FrontEnd = { language: "django-template", lower: lowerDjangoTemplate, comments: commentsInDjangoTemplate };
const jinja: FrontEnd = { language: "jinja", lower: lowerJinja, comments: commentsInJinja };
const prisma: FrontEnd = { language: "prisma", lower: lowerSchema, comments: commentsInSchema, attention: () => "first" };

/** The front end for a file, by its path in the project and, for templates, by what it holds; undefined for files that are no code. */
export function languageOf(path: string, text: string): FrontEnd | undefined {
  if (/\.pyi?$/i.test(path)) return python;
  if (/\.prisma$/i.test(path)) return prisma;
  // A script in a folder for templates may hold template syntax.
  if (!isTemplate(path, text)) return isScriptPath(path) && !isTemplatePath(path) ? typescript : undefined;
  return templateLanguage(path, text) === "jinja" ? jinja : djangoTemplate;
}

/** Whether a file may be code by its path in the project alone. */
export function mayBeCode(path: string): boolean {
  return /\.(?:pyi?|prisma)$/i.test(path) || isTemplatePath(path) || isScriptPath(path);
}

/** What each grammar is for, as people say it. */
const GRAMMAR_FILES: Readonly<Record<GrammarName, string>> = {
  python: "Python files",
  typescript: "TypeScript files (.ts)",
  tsx: "JavaScript, JSX and TSX files",
};

/** What it means that a grammar cannot be loaded, for people. */
export function withoutGrammar(name: GrammarName, reason = "unknown"): string {
  return `${GRAMMAR_FILES[name]} are left out, because their grammar cannot be loaded (${reason}). Everything else goes on; installing Scale Hints again brings them back.`;
}
