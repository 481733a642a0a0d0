export { attentionOf, type Attention } from "./attention";
export { commentsInTypeScript, lowerTypeScript } from "./lower";
export { isScriptPath } from "./scripts";
