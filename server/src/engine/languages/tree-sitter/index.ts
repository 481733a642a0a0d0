export * from "./comments";
export * from "./expressions";
export * from "./facts";
export * from "./kinds";
export * from "./literals";
export * from "./lowering";
export * from "./nodes";
export * from "./statements";
