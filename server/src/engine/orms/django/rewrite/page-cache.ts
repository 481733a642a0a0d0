import type { PublicPage } from "../../../flow";
import type { ProjectModel } from "../../../project";
import type { FixProposal } from "../../../rule";
import { EditSet, insertion } from "./edit-set";
import { availableNames } from "./imports";

const CACHE = { module: "django.views.decorators.cache", name: "cache_page" };
/** For what is a method of a class (*Decorating the class*). */
const METHOD = { module: "django.utils.decorators", name: "method_decorator" };

/** `@cache_page(60 * 15)` right above a view's function; by way of `method_decorator` above its class. Inside other decorators, so that what they refuse is not kept. */
export function cachePage({ at, name, form, declaration }: PublicPage, project: ProjectModel): FixProposal | undefined {
  if (!project.files.has(at.uri)) return undefined;
  return {
    title: `Keep the answer of \`${name}\` for 15 minutes`,
    safety: "review",
    preferred: true,
    build(text) {
      const edits = new EditSet(text);
      const source = edits.source(at.uri);
      if (!source || source.slice({ start: declaration.nameStart, end: declaration.nameEnd }) !== name) return undefined;
      const wanted = form === "class" ? [METHOD, CACHE] : [CACHE];
      const names = availableNames(source, wanted);
      const cached = `${names[names.length - 1].text}(60 * 15)`;
      const decorator = form === "class" ? `@${names[0].text}(${cached}, name=${source.literal("dispatch")})` : `@${cached}`;
      const start = source.lineStart(declaration.nameStart);
      edits.add(at.uri, names.flatMap((each) => each.edits));
      edits.add(at.uri, insertion(start, source.indentAt(declaration.nameStart) + decorator + source.eol));
      return edits.finish();
    },
  };
}
