export * from "./bodies";
export * from "./cost";
export * from "./text";
