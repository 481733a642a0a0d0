import { defineRule, type ClassRef, type ListViewDeclared, type ProjectModel } from "#engine";
import { growingEntity, offered, originNote, readsWholeTable } from "../../shared/queries";

/** A class-based list view without `paginate_by`, or an endpoint without pagination, answers with the whole table. */
export default defineRule({
  id: "unpaginated-list-view",
  summary: "List view without pagination",
  impact: "high",
  frameworks: ["django"],
  outsideRequests: false,
  messages: {
    unpaginated: {
      what: "`{view}` lists every `{entity}` on one page",
      why: "the page and the time it takes grow with the table",
      instead: "set `paginate_by`",
    },
    unpaginatedEndpoint: {
      what: "`{view}` answers with every `{entity}` at once",
      why: "the response and the time it takes grow with the table",
      instead: "set `pagination_class`, or `DEFAULT_PAGINATION_CLASS` and `PAGE_SIZE` for all",
    },
  },
  check: {
    listView(view, { project, rewriter, report }) {
      if (view.paginated !== "no" || !view.query) return;
      if (/autocomplete|export|download|csv|feed|sitemap|choices/i.test(view.view.name)) return;
      const entity = growingEntity(view.query, project);
      if (!entity || !readsWholeTable(view.query, project) || decidesAgainstPages(view, project)) return;
      const isPage = view.setting === "paginate_by";
      report(isPage ? "unpaginated" : "unpaginatedEndpoint", {
        at: view.at,
        values: { view: view.view.name, entity: entity.name },
        related: originNote(view.query, view.view.span),
        // Clients of an endpoint have to follow the pages: that is not for us to decide.
        fixes: isPage ? offered(rewriter(view.query.orm).paginateView(view, project)) : [],
        hint: "every row",
        lower: view.isReadOnly ? 1 : 0,
        basis: view.query.basis,
      });
    },
  },
});

/** `paginate_by = None` is written by somebody who thought of it. */
function decidesAgainstPages({ view, setting }: ListViewDeclared, project: ProjectModel): boolean {
  const declaration = project.files.get(view.uri)?.declares.classes.find((each) => each.name === view.name);
  if (!declaration) return false;
  const ref: ClassRef | undefined = classRef(view.uri, view.name, project);
  const attribute = ref ? project.attribute(ref, setting)?.attribute : declaration.attributes.find((each) => each.name === setting);
  return attribute?.value?.kind === "literal" && attribute.value.value === null;
}

function classRef(uri: string, name: string, project: ProjectModel): ClassRef | undefined {
  const symbol = project.resolveName(uri, name);
  return symbol?.kind === "class" ? symbol.class : undefined;
}
