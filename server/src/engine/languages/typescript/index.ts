export { attentionOf, type Attention } from "./attention";
export { commentsInTypeScript, lowerTypeScript } from "./lower";
export { mentionsInText } from "./mentions";
export { isScriptPath } from "./scripts";
