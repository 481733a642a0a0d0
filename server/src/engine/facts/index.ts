export * from "./blocks";
export * from "./children";
export * from "./expressions";
export * from "./file";
export * from "./fingerprint";
export * from "./mentions";
