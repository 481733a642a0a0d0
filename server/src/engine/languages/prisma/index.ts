export { commentsInSchema, lowerSchema } from "./lower";
