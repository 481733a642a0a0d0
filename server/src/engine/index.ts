/** The only door into the engine. */
export * from "./source";
export * from "./facts";
export * from "./project";
export * from "./flow";
export * from "./rule";
export * from "./cost";
export type { QueryView } from "./describe";
export * from "./workspace-api";
export { isScriptPath, isTemplatePath } from "./languages";
export { createParsers, type GrammarBytes, type Parsers } from "./syntax";
export { atOnce, type Steps } from "./check/steps";
export { ormOf } from "./check/dispatch";
export { RuleFailure } from "./check/failure";
export type { Landscape } from "./check/landscape";
export type { Understood, Unresolved } from "./check/understanding";
export { UNUSED_SUPPRESSION } from "./check/suppressions";
export { createWorkspace, type WorkspaceParts } from "./workspace";
export { ormAdapters, type OrmAdapter } from "./orms";
