export { queriesAt, type QueryView } from "./queries-at";
