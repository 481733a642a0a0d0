import type { ClassRef, ProjectCore } from "../../../project";
import type { ExpressionReader } from "./expressions";
import type { DjangoSettings, SettingsModule } from "./settings";

interface AppConfig {
  readonly name?: string;
  readonly label?: string;
}

/** Which app a file belongs to (`apps.get_containing_app_config`: the longest app name that its module is in). */
export class Apps {
  private readonly labels = new Map<string, string>();
  /** Labels of apps that some INSTALLED_APPS names, by the path of their folder. */
  private readonly installed: ReadonlyMap<string, string | undefined>;
  private readonly folders: ReadonlyMap<string, readonly string[]>;
  private readonly configs = new Map<string, AppConfig | undefined>();

  constructor(private readonly core: ProjectCore, private readonly reader: ExpressionReader, settings: DjangoSettings) {
    const installed = new Map<string, string | undefined>();
    const folders = new Map<string, string[]>();
    for (const module of settings.modules) {
      const own: string[] = [];
      folders.set(module.uri, own);
      for (const entry of settings.strings("INSTALLED_APPS", module)) {
        const found = core.module(entry, module.uri);
        if (found) {
          installed.set(folderPath(core, found.uri), undefined);
          own.push(folderPath(core, found.uri));
          continue;
        }
        // "shop.apps.ShopConfig"
        const dot = entry.lastIndexOf(".");
        const configModule = dot > 0 ? core.module(entry.slice(0, dot), module.uri) : undefined;
        const symbol = configModule && core.resolveMember({ kind: "module", uri: configModule.uri, name: entry.slice(0, dot) }, entry.slice(dot + 1));
        if (symbol?.kind !== "class") continue;
        const config = this.readConfig(symbol.class);
        const app = config.name === undefined ? undefined : core.module(config.name, module.uri);
        const folder = app ? folderPath(core, app.uri) : core.path(symbol.class.uri).split("/").slice(0, -1).join("/");
        installed.set(folder, config.label ?? config.name?.split(".").at(-1));
        own.push(folder);
      }
    }
    this.installed = installed;
    this.folders = folders;
  }

  /** The folders of the apps in the workspace that settings install, in their order. */
  foldersOf(settings: SettingsModule): readonly string[] {
    return this.folders.get(settings.uri) ?? [];
  }

  /** The label of the app that models in this file belong to. */
  labelOf(uri: string): string {
    const folder = this.core.path(uri).split("/").slice(0, -1).join("/");
    let label = this.labels.get(folder);
    if (label === undefined) this.labels.set(folder, (label = this.findLabel(folder)));
    return label;
  }

  private findLabel(folder: string): string {
    const chain: string[] = [];
    for (let up = folder; up; up = up.slice(0, up.lastIndexOf("/"))) chain.push(up);
    // Below an installed app, only what has all of an app is one of its own: that of another project, or one that is not installed.
    const installed = chain.find((each) => this.installed.has(each) || this.isCertainlyApp(each));
    const app = installed ?? chain.find((each) => this.isApp(each)) ?? folder.replace(/\/models$/, "");
    return this.installed.get(app) ?? this.configLabel(app) ?? app.slice(app.lastIndexOf("/") + 1);
  }

  private isApp(folder: string): boolean {
    if (folder.endsWith("/models") || folder.endsWith("/migrations")) return false;
    return this.core.fileAt(`${folder}/apps`) !== undefined || this.core.fileAt(`${folder}/models`) !== undefined || this.core.isFolder(`${folder}/models`) || this.core.isFolder(`${folder}/migrations`);
  }

  private isCertainlyApp(folder: string): boolean {
    return this.core.isFolder(`${folder}/migrations`) && (this.core.fileAt(`${folder}/models`) !== undefined || this.core.isFolder(`${folder}/models`));
  }

  private configLabel(folder: string): string | undefined {
    if (!this.configs.has(folder)) this.configs.set(folder, this.findConfig(folder));
    const config = this.configs.get(folder);
    return config?.label ?? config?.name?.split(".").at(-1);
  }

  private findConfig(folder: string): AppConfig | undefined {
    const uri = this.core.fileAt(`${folder}/apps`);
    const classes = (uri === undefined ? [] : this.core.files.get(uri)?.declares.classes ?? []).map((each) => this.core.classRef(uri!, each));
    const configs = classes.filter((each) => this.core.ancestors(each).some((base) => "external" in base && base.external.endsWith("AppConfig")));
    const chosen = configs.find((each) => this.isDefault(each)) ?? configs[0];
    return chosen && this.readConfig(chosen);
  }

  private isDefault(ref: ClassRef): boolean {
    const found = this.core.attribute(ref, "default");
    return found?.attribute.value !== undefined && this.reader.boolean({ uri: found.uri, class: found.owner }, found.attribute.value) === true;
  }

  private readConfig(ref: ClassRef): AppConfig {
    const read = (name: string): string | undefined => {
      const found = this.core.attribute(ref, name);
      return found?.attribute.value && this.reader.string({ uri: found.uri, class: found.owner }, found.attribute.value);
    };
    return { name: read("name"), label: read("label") };
  }
}

/** The folder of a package or, of a plain module, the module's path. */
function folderPath(core: ProjectCore, uri: string): string {
  return uri.endsWith("/") ? uri.slice(0, -1) : core.path(uri).replace(/\.py$/, "").replace(/\/__init__$/, "");
}
