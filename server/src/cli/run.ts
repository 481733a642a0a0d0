import { Command, CommanderError, Option } from "commander";
import { ConfigError } from "../config/settings";
import { HostError } from "../host/file-system";
import { baseline, type BaselineOptions } from "./baseline";
import { check, EXIT, type CheckOptions } from "./check";
import type { Environment } from "./environment";
import { cost, type CostOptions } from "./cost";
import type { ReportOptions } from "./report";
import { understood } from "./understood";

/** Runs one command line; gives the exit code, or undefined when a server took over. */
export async function run(args: readonly string[], environment: Environment): Promise<number | undefined> {
  let exitCode: number | undefined = EXIT.clean;
  const program = createProgram(environment, (code) => (exitCode = code));
  try {
    await program.parseAsync([...args], { from: "user" });
    return exitCode;
  } catch (error) {
    // Commander has already said what is wrong.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.clean : EXIT.failed;
    if (error instanceof ConfigError || error instanceof HostError) await environment.stderr.write(`scale-hints: ${error.message}\n`);
    else await environment.stderr.write(`scale-hints failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    return EXIT.failed;
  }
}

function createProgram(environment: Environment, exit: (code: number | undefined) => void): Command {
  const { stdout, stderr } = environment;
  const program = new Command("scale-hints")
    .description("Shows what ORM code will cost when the tables grow, at the line where it stands, and fixes it.")
    .version(environment.version, "-V, --version", "print the version")
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ writeOut: (text) => void stdout.write(text), writeErr: (text) => void stderr.write(text) })
    .showHelpAfterError('("scale-hints --help" tells how it is used)');

  program
    .command("check")
    .description("check files and folders (default: the working folder); exit code 0: nothing found, 1: findings, 2: could not run")
    .argument("[paths...]", "files or folders")
    .addOption(new Option("--format <format>", "how to print the findings").choices(["pretty", "json"]).default("pretty"))
    .option("--rule <id>", "check this rule only (repeat it for more, or separate them by commas)", (id: string, ids: readonly string[] = []) => [...ids, ...id.split(",")])
    .addOption(new Option("--min-severity <severity>", "leave out findings below this").choices(["warning", "information", "hint"]).default("hint", "hint: leave out none"))
    .option("--fix", "apply the fixes that keep what the code does")
    .option("--unsafe", "with --fix: apply those marked (review), too; read the diff")
    .option("--include-tests", "report tests, migrations and vendored folders, too")
    .option("--include-assumed", "report what rests on assumptions, too")
    .option("--no-fixes", "do not work out fixes (quicker)")
    .option("--cache <folder>", "keep in this folder what is found out of files: the next check looks at what has changed")
    .option("--no-baseline", "report what the baseline knows, too")
    .option("--no-config", "do not read configuration files")
    .option("--no-color", "print without colours")
    .option("--no-progress", "show no progress bar")
    .action(async (paths: string[], written: Partial<CheckOptions> & Pick<CheckOptions, "format" | "minSeverity" | "color" | "progress" | "fixes" | "config" | "baseline">) => {
      const given: CheckOptions = { rule: [], fix: false, unsafe: false, includeTests: false, includeAssumed: false, ...written };
      if (given.unsafe && !given.fix) throw new ConfigError("--unsafe says which fixes to apply; it needs --fix");
      exit(await check(paths, given, environment));
    });

  program
    .command("cost")
    .description("tell what every address, task and command asks of the database, the fastest growing first")
    .argument("[paths...]", "files or folders")
    .addOption(new Option("--format <format>", "how to print it").choices(["pretty", "json"]).default("pretty"))
    .option("--at <name=rows>", "put a row count in, as in orders=50000 (repeat it for more)", (each: string, all: readonly string[] = []) => [...all, each])
    .option("--rows <rows>", "the row count of every table that --at does not name")
    .option("--round-trip <milliseconds>", "what one statement takes there and back", "1")
    .option("--no-config", "do not read configuration files")
    .option("--no-color", "print without colours")
    .option("--no-progress", "show no progress bar")
    .action(async (paths: string[], given: Omit<CostOptions, "at"> & Partial<Pick<CostOptions, "at">>) => exit(await cost(paths, { at: [], ...given }, environment)));

  program
    .command("understood")
    .description("tell what of a project is understood, and what is not and why")
    .argument("[paths...]", "files or folders")
    .addOption(new Option("--format <format>", "how to print it").choices(["pretty", "json"]).default("pretty"))
    .option("--no-config", "do not read configuration files")
    .option("--no-color", "print without colours")
    .option("--no-progress", "show no progress bar")
    .action(async (paths: string[], given: ReportOptions) => exit(await understood(paths, given, environment)));

  program
    .command("baseline")
    .description("write down what is found now, so that only what is new is reported from here on")
    .argument("[paths...]", "files or folders")
    .option("--output <file>", "the baseline to write (default: the one that the configuration names, else scale-hints-baseline.json in the project's folder)")
    .option("--no-progress", "show no progress bar")
    .action(async (paths: string[], given: BaselineOptions) => exit(await baseline(paths, given, environment)));

  program
    .command("rules")
    .description("list the rules")
    .action(async () => {
      const width = Math.max(...environment.rules.map(({ id }) => id.length), 0);
      let topic: string | undefined;
      for (const rule of environment.rules) {
        if (rule.topic !== topic) await stdout.write(`${topic === undefined ? "" : "\n"}${(topic = rule.topic)}\n`);
        await stdout.write(`  ${rule.id.padEnd(width)}  ${rule.summary}${rule.enabledByDefault ? "" : " (off by default)"}\n`);
      }
    });

  program
    .command("lsp")
    .description("start the language server")
    .option("--stdio", "talk over standard input and output (default)")
    .option("--node-ipc", "talk over Node's channel to the parent process")
    .addOption(new Option("--clientProcessId <pid>", "end when this process ends").hideHelp())
    .action(({ nodeIpc, stdio }: { readonly nodeIpc?: boolean; readonly stdio?: boolean }) => {
      if (nodeIpc && stdio) throw new ConfigError("--stdio and --node-ipc exclude each other");
      environment.serve(nodeIpc ? "node-ipc" : "stdio");
      exit(undefined);
    });

  return program;
}
