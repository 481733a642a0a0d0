export { lowerPython } from "./lower";
