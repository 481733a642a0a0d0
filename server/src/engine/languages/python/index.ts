export { commentsOf as commentsInPython } from "../tree-sitter";
export { lowerPython } from "./lower";
