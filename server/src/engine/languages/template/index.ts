export * from "./comments";
export * from "./lowering";
export * from "./nodes";
export * from "./reader";
export * from "./tokens";
