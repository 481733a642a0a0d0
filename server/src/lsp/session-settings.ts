import { MessageType, type Connection } from "vscode-languageserver";
import { configurationFiles, Configurations } from "../config/configurations";
import { folderOf } from "../config/folders";
import { DEFAULT_SETTINGS, readSettings, type RuleInfo, type Settings } from "../config/settings";
import type { FileSystem } from "../host/file-system";
import { isInside } from "../host/uri";
import type { ClientFeatures } from "./client-features";
import type { Failures } from "./failures";
import type { Project } from "./project";

export interface SessionSettingsOptions {
  readonly connection: Connection;
  readonly rules: readonly RuleInfo[];
  readonly files: FileSystem;
  readonly failures: Failures;
  readonly pause: () => Promise<void>;
}

/** The client's settings, and the configuration files and baselines over them. */
export class SessionSettings {
  readonly configurations: Configurations;
  current: Settings = DEFAULT_SETTINGS;
  /** Configuration files were read that the engine has not been told of. */
  private isReconfiguring = false;
  /** Resolves when the engine has been told of all that was read so far. */
  handedOver: Promise<void> = Promise.resolve();
  private lastProblems = "";
  /** The texts of configuration files above the workspace's folders, undefined for those that are not there. */
  private readonly above = new Map<string, string | undefined>();

  constructor(private readonly options: SessionSettingsOptions) {
    this.configurations = new Configurations(options.rules);
  }

  /** Takes in what the client says; tells it what is wrong with that. */
  apply(raw: unknown, project: Project): void {
    const { connection, rules } = this.options;
    const { settings, problems } = readSettings(raw, rules);
    this.current = settings;
    const text = problems.join("; ");
    if (text !== this.lastProblems && text !== "") {
      const message = `Scale Hints settings: ${text}`;
      connection.console.warn(message);
      void connection.sendNotification("window/showMessage", { type: MessageType.Warning, message });
    }
    this.lastProblems = text;
    this.configurations.setBase(settings.configuration);
    project.setOptions(this.configurations.engineOptions());
  }

  /** What the client has set: asked for where it can be asked, else what it sent. */
  async ask(sent: unknown, { configuration }: ClientFeatures): Promise<unknown> {
    if (configuration) return (await this.options.connection.workspace.getConfiguration("scaleHints")) as unknown;
    return (sent as { scaleHints?: unknown } | null | undefined)?.scaleHints;
  }

  /** A configuration file of the workspace, or one that is open, has another text. True when something is different now. */
  setFile(uri: string, text: string | undefined): boolean {
    return this.configurations.setFile(uri, text ?? this.above.get(uri));
  }

  /** Reads the configuration files above the workspace's folders: a package that is opened alone follows its repository's. True when something is different now. */
  async readAbove(folders: readonly string[]): Promise<boolean> {
    const { files } = this.options;
    const isRead = (folder: string): boolean => folders.some((root) => isInside(folder, root));
    const wanted = new Set(folders.flatMap((folder) => files.above(folder)).filter((folder) => !isRead(folder)).flatMap(configurationFiles));
    let isNews = false;
    for (const uri of [...this.above.keys()].filter((known) => !wanted.has(known))) {
      this.above.delete(uri);
      isNews = this.configurations.setFile(uri, undefined) || isNews;
    }
    for (const uri of wanted) {
      const result = await files.read(uri);
      const text = result.kind === "text" ? result.text : undefined;
      if (this.above.has(uri) && this.above.get(uri) === text) continue;
      this.above.set(uri, text);
      isNews = this.configurations.setFile(uri, text) || isNews;
    }
    return isNews;
  }

  /** Whether a file is one of those that may be above the workspace's folders. */
  isAbove(uri: string): boolean {
    return this.above.has(uri);
  }

  /** The folders above the workspace's that may hold a configuration. */
  get foldersAbove(): readonly string[] {
    return [...new Set([...this.above.keys()].map(folderOf))];
  }

  textAbove(uri: string): string | undefined {
    return this.above.get(uri);
  }

  /** Tells the engine of configuration files, once for all that change together. */
  filesChanged(started: () => Promise<{ readonly project: Project }>, done: () => void): void {
    if (this.isReconfiguring) return;
    this.isReconfiguring = true;
    const earlier = this.handedOver;
    this.handedOver = this.options.failures.quietly("configuration", async () => {
      await earlier;
      await this.options.pause();
      const { project } = await started();
      this.isReconfiguring = false;
      await this.readBaselines();
      project.setOptions(this.configurations.engineOptions());
      done();
    });
  }

  private async readBaselines(): Promise<void> {
    for (const uri of this.configurations.baselineUris()) {
      const result = await this.options.files.read(uri);
      for (const problem of this.configurations.setBaseline(uri, result.kind === "text" ? result.text : undefined)) {
        this.options.connection.console.warn(`${uri}: this baseline cannot be used: ${problem}`);
      }
    }
  }
}
