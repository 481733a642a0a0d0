export * from "./query";
export * from "./events";
