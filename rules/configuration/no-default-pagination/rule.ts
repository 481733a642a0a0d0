import { defineRule } from "#engine";
import { anchorOf, isUnset, itemWith, settingAt } from "../../shared/settings";

/** REST framework's own classes; all take their size from PAGE_SIZE (rest_framework/pagination.py). */
const own = /^rest_framework\.pagination\.(PageNumber|LimitOffset|Cursor)Pagination$/;

/** REST framework paginates nothing unless both a class and a page size are set. */
export default defineRule({
  id: "no-default-pagination",
  summary: "REST framework without a default pagination",
  impact: "medium",
  frameworks: ["django"],
  messages: {
    none: {
      what: "REST framework has no default pagination, and {views} bring none of their own",
      why: "a list answers with every row of its table",
      instead: "set `DEFAULT_PAGINATION_CLASS` and `PAGE_SIZE`",
    },
    size: {
      what: "`DEFAULT_PAGINATION_CLASS` has no `PAGE_SIZE`, so nothing is paginated",
      why: "a list answers with every row of its table",
      instead: "set `PAGE_SIZE`",
    },
  },
  check: {
    deployment(deployment, { rewriter, report }) {
      const { unpaginated } = deployment.api;
      const app = itemWith(settingAt(deployment, "INSTALLED_APPS"), /^rest_framework\b/);
      if (!deployment.isDeployed || unpaginated.length === 0) return;
      const settings = anchorOf(deployment, "REST_FRAMEWORK") ?? app?.at;
      if (!settings || !isUnset(deployment, "REST_FRAMEWORK", "PAGE_SIZE")) return;
      const path = ["REST_FRAMEWORK"];
      const rewrite = rewriter(deployment.framework);
      const given = settingAt(deployment, "REST_FRAMEWORK", "DEFAULT_PAGINATION_CLASS");
      if (given?.kind === "constant" && given.variable === undefined && own.test(String(given.value))) {
        return report("size", { at: given.at, values: {}, fixes: [rewrite.changeSettings(deployment, [{ path: [...path, "PAGE_SIZE"], code: "50" }], "Set `PAGE_SIZE` to 50", "review")] });
      }
      if (!isUnset(deployment, "REST_FRAMEWORK", "DEFAULT_PAGINATION_CLASS")) return;
      const paginate = deployment.settings.has("REST_FRAMEWORK")
        ? [{ path: [...path, "DEFAULT_PAGINATION_CLASS"], code: '"rest_framework.pagination.PageNumberPagination"' }, { path: [...path, "PAGE_SIZE"], code: "50" }]
        : [{ path, code: '{\n    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.PageNumberPagination",\n    "PAGE_SIZE": 50,\n}' }];
      report("none", { at: settings, values: { views: viewsText(unpaginated) }, fixes: [rewrite.changeSettings(deployment, paginate, "Paginate by 50", "review")] });
    },
  },
});

function viewsText(names: readonly string[]): string {
  const [first, ...others] = [...names].sort();
  if (others.length === 0) return `views such as \`${first}\``;
  return `\`${first}\` and ${others.length === 1 ? "one more view" : `${others.length} more views`}`;
}
