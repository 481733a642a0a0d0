export { commentsInPython } from "./comments";
export { lowerPython } from "./lower";
