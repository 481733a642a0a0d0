export * from "./blocks";
export * from "./expressions";
export * from "./file";
export * from "./fingerprint";
