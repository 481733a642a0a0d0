import { forEachChild, type Expression, type FileFacts } from "../../../facts";
import type { Entity, ProjectCore } from "../../../project";
import { nodesIn } from "../../script/statements";
import { ORM } from "./names";

/** How relations come with the rows of a find: joined in the find's own statement, or in statements of their own; "balanced" joins what is to-one. */
export type Strategy = "joined" | "select-in" | "balanced";

/** What the project's configuration says of how relations are loaded. */
export interface Loading {
  /** Loads of one tick are put together (`dataloader: DataloaderType.ALL`). */
  readonly isBatched: boolean;
  /** Absent: it cannot be told. */
  readonly strategy?: Strategy;
}

/** What the adapter knows of an entity beyond its columns. */
export interface EntityDetails extends Loading {
  /** The strategies that relations have of their own; absent for one that cannot be read. */
  readonly strategies: Readonly<Record<string, Strategy | "unknown">>;
}

/** The details of an entity of this framework. */
export function detailsOf(entity: Entity | undefined): EntityDetails | undefined {
  return entity?.framework === ORM ? (entity.details as EntityDetails | undefined) : undefined;
}

/** Names that a file imports to configure MikroORM. */
const CONFIGURES: ReadonlySet<string> = new Set(["MikroORM", "defineConfig", "Options", "MikroOrmModule", "MikroOrmModuleOptions"]);

/** What the configurations of a project say: options of `MikroORM.init`, `defineConfig`, `MikroOrmModule.forRoot`, wherever they are written. */
export function loadingOf(core: ProjectCore): Loading {
  let isConfigured = false;
  let isBatched = false;
  const strategies = new Set<Strategy | "unknown">();
  const read = (node: Expression): void => {
    if (node.kind === "mapping") {
      for (const { key, value } of node.entries) {
        if (key?.kind !== "literal") continue;
        if (key.value === "loadStrategy") strategies.add(strategyIn(value));
        else if (key.value === "dataloader" && isSwitchedOn(value)) isBatched = true;
        else if (/^(clientUrl|dbName|entities|driverOptions)$/.test(String(key.value))) isConfigured = true;
      }
    }
    forEachChild(node, read);
  };
  for (const uri of core.uris) {
    const facts = core.files.get(uri)!;
    if (facts.language !== "typescript" || !facts.declares.imports.some(({ module }) => module.startsWith("@mikro-orm/"))) continue;
    for (const { value } of facts.declares.values) if (value) read(value);
    if (!configures(facts)) continue;
    for (const declaration of facts.declares.classes) declaration.decorators.forEach(read);
    for (const node of nodesIn(Object.values(core.bodies(uri)))) if (node.kind === "mapping") read(node);
  }
  const [said] = strategies;
  const strategy = strategies.size === 0 ? (isConfigured ? defaultStrategy(core) : undefined) : strategies.size === 1 && said !== "unknown" ? said : undefined;
  return { isBatched, ...(strategy && { strategy }) };
}

function configures({ declares }: FileFacts): boolean {
  return declares.imports.some(({ module, name }) => module.startsWith("@mikro-orm/") && name !== undefined && CONFIGURES.has(name));
}

/** `select-in` until version 5, `joined` in 6, `balanced` since 7 (measured on 6.6 and 7.2; MikroORM: *Upgrading from v5 to v6*). */
function defaultStrategy(core: ProjectCore): Strategy | undefined {
  const major = core.packages.version("@mikro-orm/core")?.[0];
  if (major === undefined) return undefined;
  return major < 6 ? "select-in" : major === 6 ? "joined" : "balanced";
}

/** `LoadStrategy.JOINED`, `"joined"`. */
export function strategyIn(node: Expression): Strategy | "unknown" {
  const name = node.kind === "attribute" ? node.name.toLowerCase().replace("_", "-") : node.kind === "literal" ? node.value : undefined;
  return name === "joined" || name === "select-in" || name === "balanced" ? name : "unknown";
}

/** `dataloader: DataloaderType.ALL`, `true`, 3. */
function isSwitchedOn(value: Expression): boolean {
  return value.kind === "literal" ? value.value !== false && value.value !== 0 : !(value.kind === "attribute" && value.name === "NONE");
}
