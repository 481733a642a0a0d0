export { close } from "./models";
