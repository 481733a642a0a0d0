export * from "./model";
export * from "./deployment";
export * from "./adapter";
export * from "./link";
export { structuralFingerprint } from "./fingerprint";
export { forEachStatement } from "./functions";
export { isTestModule } from "./call-graph";
export { pathOfUri, sharedDepth } from "./modules";
