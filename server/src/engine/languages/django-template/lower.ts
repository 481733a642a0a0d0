import type { FileFacts } from "../../facts";
import { commentTexts, TemplateLowering } from "../template";
import { scanDjangoTemplate } from "./scan";
import { DjangoReader } from "./tags";

/** What one Django template says. Has an answer for any input. */
export function lowerDjangoTemplate(text: string, uri: string): FileFacts {
  const lowering = new TemplateLowering(text, uri, "django-template");
  const scan = scanDjangoTemplate(text);
  return lowering.finish(new DjangoReader(lowering, scan).readAll(), scan.comments);
}

/** The comments of a Django template, those of HTML included. */
export function commentsInDjangoTemplate(text: string): readonly string[] {
  return commentTexts(text, scanDjangoTemplate(text).comments);
}
