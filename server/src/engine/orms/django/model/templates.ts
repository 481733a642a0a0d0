import type { ProjectCore } from "../../../project";

/** The templates of a project by the names that code calls them by. */
export class Templates {
  private readonly byName = new Map<string, string>();

  constructor(core: ProjectCore) {
    for (const uri of core.uris) {
      if (!core.files.get(uri)?.declares.template) continue;
      const name = nameOf(core.path(uri));
      // `uris` are in a fixed order; folders further up come first, as `DIRS` do before the apps' own.
      if (name !== undefined && !this.byName.has(name)) this.byName.set(name, uri);
    }
  }

  find(name: string): string | undefined {
    return this.byName.get(name);
  }
}

/** The name below the folder that templates are looked for in. */
function nameOf(path: string): string | undefined {
  return /\/(?:templates|jinja2)\/(.+)$/.exec(path)?.[1];
}
