export { lowerDjangoTemplate, commentsInDjangoTemplate } from "./lower";
