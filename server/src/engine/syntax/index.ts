export * from "./tree";
export * from "./parser";
