import type { FileFacts, Language } from "../facts";
import type { FrontEnd } from "../languages";
import { pathOfUri, withoutScriptSuffix } from "../project";
import { isReportedRole, type FileRole } from "./file-role";

/** Whether a file says something only to those that import it: tests and migrations, as long as nobody asks for their findings. Settings speak for themselves. */
export function maySleep(uri: string, role: FileRole, text: string): boolean {
  // Where there are no models, the migrations are the schema.
  if (role === "migration" && /\.[cm]?[jt]s$/.test(uri) && MAKES_TABLES.test(text)) return false;
  const name = pathOfUri(uri).split("/").slice(-2).join("/");
  return !isReportedRole(role) && !/settings|conf(?!test)/i.test(name);
}

/** A migration of a query builder (Knex, Kysely), or of Sequelize, where it makes the indexes that models do not speak of. */
const MAKES_TABLES = /\bschema\b[\s\S]*?\.(?:createTable|alterTable|table|createIndex|dropTable|renameTable|raw)\b|\bTable(?:Index|Unique)\b|\.(?:addIndex|addConstraint|createTable|addColumn|changeColumn|renameTable|renameColumn)\s*\(|\bcreate\s+(?:unique\s+)?index\b/i;

/** Files that are known by name and read only when a file that counts imports them, or names an ORM. */
export class DormantFiles {
  private readonly byName = new Map<string, Set<string>>();
  /** Scripts that count once something names an ORM of theirs. */
  private readonly waiting = new Set<string>();
  private namesOrm = false;
  /** Templates, as long as there is no code in Python to render them. */
  private readonly templates = new Set<string>();
  private hasPython = false;
  /** Files whose imports were followed since the last file fell asleep. */
  private followed = new WeakSet<FileFacts>();

  copy(): DormantFiles {
    const copy = new DormantFiles();
    for (const [name, uris] of this.byName) copy.byName.set(name, new Set(uris));
    for (const uri of this.waiting) copy.waiting.add(uri);
    for (const uri of this.templates) copy.templates.add(uri);
    copy.namesOrm = this.namesOrm;
    copy.hasPython = this.hasPython;
    return copy;
  }

  get size(): number {
    return this.byName.size;
  }

  /** Whether a file is not worth reading so far; remembers what would change that. `sleeps`: it says something only to those that import it; `isDrawn`: unless it names an ORM. */
  takes(uri: string, text: string, { attention, language }: FrontEnd, sleeps: boolean, isDrawn = false): boolean {
    this.delete(uri);
    if (language === "python") this.hasPython = true;
    if (isTemplateLanguage(language) && !this.hasPython) {
      this.templates.add(uri);
      return true;
    }
    const asks = attention?.(text, uri) ?? "counts";
    if (asks === "first" && !sleeps) this.namesOrm = true;
    if (asks === "never") return true;
    if (sleeps || asks === "when imported" || (isDrawn && asks === "counts")) this.add(uri);
    else if (this.namesOrm || !attention) return false;
    else this.waiting.add(uri);
    return true;
  }

  /** Scripts and templates that count by now. */
  awaited(): readonly string[] {
    return [...(this.namesOrm ? this.waiting : []), ...(this.hasPython ? this.templates : [])];
  }

  /** A file that sleeps until something imports it. */
  add(uri: string): void {
    const name = lastSegment(uri);
    const known = this.byName.get(name);
    if (known) known.add(uri);
    else this.byName.set(name, new Set([uri]));
    this.followed = new WeakSet();
  }

  delete(uri: string): void {
    this.waiting.delete(uri);
    this.templates.delete(uri);
    const name = lastSegment(uri);
    const known = this.byName.get(name);
    known?.delete(uri);
    if (known?.size === 0) this.byName.delete(name);
  }

  /** Those that sleep until something imports them. */
  all(): readonly string[] {
    return [...this.byName.values()].flatMap((uris) => [...uris]);
  }

  /** Those that these files import, directly. `resolve` says which file a script's specifier means; what Python imports goes by the last two names: waking one too many costs nothing but time. */
  importedBy(files: Iterable<FileFacts>, resolve: (specifier: string, importer: string) => string | undefined): readonly string[] {
    const woken = new Set<string>();
    for (const facts of files) {
      if (this.followed.has(facts)) continue;
      this.followed.add(facts);
      if (facts.language === "typescript") {
        for (const { module } of facts.declares.imports) {
          const uri = resolve(module, facts.uri);
          if (uri !== undefined && this.byName.get(lastSegment(uri))?.has(uri)) woken.add(uri);
        }
        continue;
      }
      for (const { module, name, level } of facts.declares.imports) {
        const base = module === "" ? [] : module.split(".");
        for (const path of name === undefined || name === "*" ? [base] : [base, [...base, name]]) this.match(path, level, facts.uri, woken);
      }
    }
    return [...woken];
  }

  private match(path: readonly string[], level: number, importer: string, woken: Set<string>): void {
    const last = path.at(-1);
    if (last === undefined) return;
    const parent = path.at(-2) ?? (level > 0 ? folderOf(importer, level) : undefined);
    for (const uri of this.byName.get(last) ?? []) if (parent === undefined || folderOf(uri, isFolderFile(uri) ? 2 : 1) === parent) woken.add(uri);
  }
}

function isTemplateLanguage(language: Language): boolean {
  return language === "django-template" || language === "jinja";
}

/** The module's own name: of a package's `__init__.py` and a folder's `index.ts` the folder's. */
function lastSegment(uri: string): string {
  const segments = pathOfUri(uri).split("/");
  const file = withoutScriptSuffix(segments.pop()!.replace(/\.pyi?$/i, ""));
  return isFolderFile(uri) ? (segments.at(-1) ?? "") : file;
}

/** Whether importers name the folder that a file is in. */
function isFolderFile(uri: string): boolean {
  return /\/(__init__\.pyi?|index(\.d)?\.([cm]?[jt]s|[jt]sx))$/i.test(uri);
}

/** The name of the folder so many levels up. */
function folderOf(uri: string, levels: number): string | undefined {
  return pathOfUri(uri).split("/").at(-1 - levels);
}
