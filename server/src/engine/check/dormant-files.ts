import type { FileFacts, Language } from "../facts";
import { isScriptPath, pathOfUri, ScriptModules } from "../project";
import { browserPackages, type BrowserPackages } from "./browser-packages";
import { isReportedRole, type FileRole } from "./file-role";
import { SleepingModules } from "./sleeping-modules";
import { isUnread, type SourceFile } from "./source-file";

/** What the workspace says of its files, and does with them. */
export interface Reading {
  /** All files that a front end exists for, read or not. */
  readonly files: ReadonlyMap<string, SourceFile>;
  readonly resources: ReadonlyMap<string, string>;
  /** The packages that ORMs are imported from. */
  readonly frameworks: ReadonlySet<string>;
  /** The user wants the findings in files of all roles. */
  includesTests(): boolean;
  /** What the files that were read say. */
  facts(): Iterable<FileFacts>;
  /** The migrations that a rule wants to see. */
  newestMigrations(): ReadonlySet<string>;
  /** What is declared has changed since the project was linked. */
  needsLink(): boolean;
  /** Takes in what a file says that was only known by name. */
  read(uri: string): void;
  /** Forgets what a file said. */
  unread(uri: string): void;
}

/** Which files are not worth reading so far, and what wakes them: a file that counts imports them, something names an ORM, or somebody asks for their findings. */
export class DormantFiles {
  private readonly sleeping = new SleepingModules();
  /** Scripts that count once something names an ORM of theirs. */
  private readonly waiting = new Set<string>();
  private namesOrm = false;
  /** Templates, as long as there is no code in Python to render them. */
  private readonly templates = new Set<string>();
  private hasPython = false;
  /** A file fell asleep that may have been imported before. */
  private mayWake = false;
  /** Worked out when asked for, until a manifest changes. */
  private browsers: BrowserPackages | undefined;
  /** What specifiers mean that name one of these, until a file comes or goes. */
  private modules: ScriptModules | undefined;

  constructor(private readonly workspace: Reading) {}

  /** Knows what another one knows. */
  takeOver({ sleeping, waiting, namesOrm, templates, hasPython, mayWake, browsers }: DormantFiles): void {
    this.sleeping.takeOver(sleeping);
    for (const uri of waiting) this.waiting.add(uri);
    for (const uri of templates) this.templates.add(uri);
    Object.assign(this, { namesOrm, hasPython, mayWake, browsers });
  }

  /** Whether a file is not worth reading so far; remembers what would change that. */
  takes(uri: string, file: SourceFile): boolean {
    const taken = this.setsAside(uri, file);
    if (taken) this.mayWake = true;
    return taken;
  }

  private setsAside(uri: string, { text, role, frontEnd: { attention, language } }: SourceFile): boolean {
    this.delete(uri);
    if (language === "python") this.hasPython = true;
    if (isTemplateLanguage(language) && !this.hasPython) {
      this.templates.add(uri);
      return true;
    }
    const countsAnyway = this.workspace.includesTests();
    const sleeps = !countsAnyway && maySleep(uri, role, text);
    const isDrawn = !countsAnyway && attention !== undefined && this.browserPackages().has(uri);
    const asks = attention?.(text, uri) ?? "counts";
    if (asks === "first" && !sleeps) this.namesOrm = true;
    if (asks === "never") return true;
    if (sleeps || asks === "when imported" || (isDrawn && asks === "counts")) this.sleeping.add(uri);
    else if (this.namesOrm || !attention) return false;
    else this.waiting.add(uri);
    return true;
  }

  delete(uri: string): void {
    this.waiting.delete(uri);
    this.templates.delete(uri);
    this.sleeping.delete(uri);
  }

  /** A file or a resource came, went or changed: specifiers may mean something else. */
  namesChanged(): void {
    this.modules = undefined;
  }

  /** Packages may be for browsers now that were not, or the other way round: their scripts sleep or count. */
  manifestsChanged(): void {
    const { files } = this.workspace;
    const before = this.browsers;
    this.browsers = undefined;
    if (files.size === 0) return;
    const after = this.browserPackages();
    if (before?.state === after.state) return;
    for (const [uri, file] of files) {
      if (!file.frontEnd.attention || after.has(uri) === (before?.has(uri) ?? false)) continue;
      if (this.takes(uri, file)) this.workspace.unread(uri);
      else if (isUnread(file)) this.wake(uri);
    }
  }

  private browserPackages(): BrowserPackages {
    return (this.browsers ??= browserPackages(this.workspace.resources, this.workspace.frameworks));
  }

  /** A file's role is another one. */
  roleChanged(uri: string, file: SourceFile): void {
    if (isUnread(file) && !this.takes(uri, file)) this.wake(uri);
  }

  /** Reads the files that count by now, those that others import, and those that these import. */
  wakeImported(): void {
    const { workspace } = this;
    for (const uri of this.awaited()) this.wake(uri);
    if (this.sleeping.size > 0) for (const uri of workspace.newestMigrations()) if (isUnread(workspace.files.get(uri)!)) this.wake(uri);
    while (this.mayWake || workspace.needsLink()) {
      this.mayWake = false;
      if (this.sleeping.size === 0) return;
      const woken = this.sleeping.importedBy(workspace.facts(), (specifier, importer) => this.resolved(specifier, importer));
      if (woken.length === 0) return;
      for (const uri of woken) this.wake(uri);
    }
  }

  /** Reads everything that sleeps until something imports it. */
  wakeAll(): void {
    for (const uri of this.sleeping.all()) this.wake(uri);
  }

  private wake(uri: string): void {
    this.delete(uri);
    this.workspace.read(uri);
  }

  /** Scripts and templates that count by now. */
  private awaited(): readonly string[] {
    return [...(this.namesOrm ? this.waiting : []), ...(this.hasPython ? this.templates : [])];
  }

  /** The file that a specifier of a script means. */
  private resolved(specifier: string, importer: string): string | undefined {
    const { files, resources } = this.workspace;
    this.modules ??= new ScriptModules([...files.keys()].filter(isScriptPath), resources, new Set());
    return this.modules.fileFor(specifier, importer);
  }
}

function isTemplateLanguage(language: Language): boolean {
  return language === "django-template" || language === "jinja";
}

/** Whether a file says something only to those that import it: tests and migrations, as long as nobody asks for their findings. Settings speak for themselves. */
function maySleep(uri: string, role: FileRole, text: string): boolean {
  // Where there are no models, the migrations are the schema.
  if (role === "migration" && /\.[cm]?[jt]s$/.test(uri) && MAKES_TABLES.test(text)) return false;
  const name = pathOfUri(uri).split("/").slice(-2).join("/");
  return !isReportedRole(role) && !/settings|conf(?!test)/i.test(name);
}

/** A migration of a query builder (Knex, Kysely), or of Sequelize, where it makes the indexes that models do not speak of. */
const MAKES_TABLES = /\bschema\b[\s\S]*?\.(?:createTable|alterTable|table|createIndex|dropTable|renameTable|raw)\b|\bTable(?:Index|Unique)\b|\.(?:addIndex|addConstraint|createTable|addColumn|changeColumn|renameTable|renameColumn)\s*\(|\bcreate\s+(?:unique\s+)?index\b/i;
