import { sharedDepth, type ProjectCore } from "../../../project";
import type { Apps } from "./apps";
import type { ExpressionReader } from "./expressions";
import { UNKNOWN_BASE } from "./paths";
import type { DjangoSettings, SettingsModule } from "./settings";
import { readTemplateEngines, type TemplateEngine } from "./template-engines";

const FOLDER = /\/(?:templates|jinja2)\//g;

/** The templates of a workspace by the names that code calls them by, as the settings of each project look them up. */
export class Templates {
  private readonly engines = new Map<string, readonly TemplateEngine[] | undefined>();
  private readonly search = new Map<string, readonly { readonly engine: TemplateEngine; readonly folder: string }[]>();
  private paths: ReadonlyMap<string, string> | undefined;
  private guesses: ReadonlyMap<string, readonly string[]> | undefined;
  private folders: ReadonlySet<string> | undefined;

  /** Reads the settings at once, because they are bodies; the templates when the first one is asked for. */
  constructor(private readonly core: ProjectCore, private readonly settings: DjangoSettings, apps: Apps, reader: ExpressionReader) {
    for (const module of settings.modules) this.engines.set(module.uri, readTemplateEngines(settings, module, apps, reader));
  }

  /** The engines of the project that a file belongs to. */
  enginesFor(from: string | undefined): readonly TemplateEngine[] {
    const module = this.moduleOf(from);
    return (module && this.engines.get(module.uri)) ?? [];
  }

  find(given: string, from: string | undefined): string | undefined {
    // `list.html#row` is a part of `list.html` (*Template partials* of Django 6.0).
    const name = this.absoluteName(given.replace(/#[^/]*$/, ""), from);
    if (name === undefined) return undefined;
    const own = this.moduleOf(from);
    return (own && this.inProject(name, own)) ?? this.guess(name, from, own);
  }

  private moduleOf(from: string | undefined): SettingsModule | undefined {
    return from === undefined ? this.settings.modules[0] : this.settings.moduleFor(from);
  }

  private inProject(name: string, module: SettingsModule): string | undefined {
    for (const { engine, folder } of this.searchOf(module)) {
      const uri = engine.takes(name) ? this.byPath.get(`${folder}/${name}`) : undefined;
      if (uri !== undefined) return uri;
    }
    return undefined;
  }

  /** `./row.html` and `../base.html` count from the template that says so. */
  private absoluteName(name: string, from: string | undefined): string | undefined {
    if (!/^\.\.?\//.test(name)) return name.replace(/^\/+/, "");
    const own = from === undefined ? undefined : this.nameOf(from);
    if (own === undefined) return undefined;
    const segments = own.split("/").slice(0, -1);
    for (const segment of name.split("/")) {
      if (segment === "..") {
        if (segments.pop() === undefined) return undefined;
      } else if (segment !== ".") segments.push(segment);
    }
    return segments.join("/");
  }

  /** The name that a template has in its project. */
  private nameOf(uri: string): string | undefined {
    const path = this.core.path(uri);
    const module = this.moduleOf(uri);
    const folder = (module ? this.searchOf(module) : []).map((each) => `${each.folder}/`).filter((each) => path.startsWith(each)).sort((a, b) => b.length - a.length)[0];
    return folder === undefined ? namesIn(path)[0] : path.slice(folder.length);
  }

  /** Where a project looks, in order, with the ends of paths found. */
  private searchOf(module: SettingsModule): readonly { readonly engine: TemplateEngine; readonly folder: string }[] {
    let search = this.search.get(module.uri);
    if (!search) {
      search = (this.engines.get(module.uri) ?? []).flatMap((engine) => engine.folders.flatMap((folder) => {
        const known = this.knownFolder(folder, module);
        return known === undefined ? [] : [{ engine, folder: known }];
      }));
      this.search.set(module.uri, search);
    }
    return search;
  }

  /** A folder of which the end is known: below the settings' own folder, or the nearest one above. */
  private knownFolder(folder: string, module: SettingsModule): string | undefined {
    if (!folder.startsWith(`${UNKNOWN_BASE}/`)) return folder;
    const end = folder.slice(UNKNOWN_BASE.length);
    for (let base = this.core.path(module.uri); base !== ""; ) {
      base = base.slice(0, base.lastIndexOf("/"));
      if (this.templateFolders.has(`${base}${end}`)) return `${base}${end}`;
    }
    return undefined;
  }

  /**
   * Settings that cannot be read say nothing of folders: then a template's name is its path below a folder for templates. Of several,
   * the one that lies nearest to the file that asks; of equally near ones, none.
   */
  private guess(name: string, from: string | undefined, own: SettingsModule | undefined): string | undefined {
    // Where a project says what it looks through, another project's template is none of its own.
    const isRead = own !== undefined && this.engines.get(own.uri) !== undefined;
    const candidates = (this.byGuess.get(name) ?? []).filter((uri) => !isRead || this.moduleOf(uri) === own);
    if (candidates.length <= 1) return candidates[0];
    const near = from === undefined ? (this.settings.modules[0]?.folder ?? "") : this.core.path(from);
    const ranked = candidates.map((uri) => ({ uri, depth: sharedDepth(this.core.path(uri), near) })).sort((a, b) => b.depth - a.depth);
    return ranked[0].depth > ranked[1].depth ? ranked[0].uri : undefined;
  }

  private get byPath(): ReadonlyMap<string, string> {
    return (this.paths ??= new Map(this.uris().map((uri) => [this.core.path(uri), uri])));
  }

  private get byGuess(): ReadonlyMap<string, readonly string[]> {
    if (!this.guesses) {
      const guesses = new Map<string, string[]>();
      for (const uri of this.uris()) {
        for (const name of namesIn(this.core.path(uri))) {
          const known = guesses.get(name);
          if (known) known.push(uri);
          else guesses.set(name, [uri]);
        }
      }
      this.guesses = guesses;
    }
    return this.guesses;
  }

  private get templateFolders(): ReadonlySet<string> {
    if (!this.folders) {
      const folders = new Set<string>();
      for (const path of this.byPath.keys()) {
        for (let folder = path.slice(0, path.lastIndexOf("/")); folder !== "" && !folders.has(folder); folder = folder.slice(0, folder.lastIndexOf("/"))) folders.add(folder);
      }
      this.folders = folders;
    }
    return this.folders;
  }

  private uris(): readonly string[] {
    return this.core.uris.filter((uri) => this.core.files.get(uri)?.declares.template);
  }
}

/** What a template may be called by its path alone: what lies below each folder for templates above it. */
function namesIn(path: string): readonly string[] {
  return [...path.matchAll(FOLDER)].map((match) => path.slice(match.index + match[0].length));
}
