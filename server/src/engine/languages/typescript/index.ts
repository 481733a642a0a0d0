export { commentsInTypeScript, lowerTypeScript } from "./lower";
export { isScriptPath } from "./scripts";
