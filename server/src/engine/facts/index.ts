export * from "./expressions";
export * from "./file";
