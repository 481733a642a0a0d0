export * from "./span";
export * from "./edit";
export * from "./lines";
export * from "./change";
