import type { FileFacts } from "../../facts";
import { commentTexts, TemplateLowering } from "../template";
import { scanJinja } from "./scan";
import { JinjaReader } from "./tags";

/** What one Jinja template says. Has an answer for any input. */
export function lowerJinja(text: string, uri: string): FileFacts {
  const lowering = new TemplateLowering(text, uri, "jinja");
  const scan = scanJinja(text);
  return lowering.finish(new JinjaReader(lowering, scan).readAll(), scan.comments);
}

/** The comments of a Jinja template, those of HTML included. */
export function commentsInJinja(text: string): readonly string[] {
  return commentTexts(text, scanJinja(text).comments);
}
