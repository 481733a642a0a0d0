export { commentsInJinja, lowerJinja } from "./lower";
