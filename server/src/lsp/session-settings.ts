import { MessageType, type Connection } from "vscode-languageserver";
import { Configurations } from "../config/configurations";
import { DEFAULT_SETTINGS, readSettings, type RuleInfo, type Settings } from "../config/settings";
import type { FileSystem } from "../host/file-system";
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
