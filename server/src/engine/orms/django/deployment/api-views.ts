import type { ApiViews, ClassRef, ProjectCore } from "../../../project";

const LISTS: readonly string[] = ["rest_framework.generics.ListAPIView", "rest_framework.generics.ListCreateAPIView", "rest_framework.viewsets.ModelViewSet", "rest_framework.viewsets.ReadOnlyModelViewSet", "rest_framework.mixins.ListModelMixin"];
const SETS: readonly string[] = ["rest_framework.viewsets.ModelViewSet", "rest_framework.viewsets.ReadOnlyModelViewSet", "rest_framework.viewsets.GenericViewSet", "rest_framework.viewsets.ViewSetMixin", "rest_framework.viewsets.ViewSet"];
const OUTSIDE = /\/(tests?|testing|migrations|fixtures|examples?|docs?)\/|\/(test_[^/]*|tests|conftest)\.py$/i;

/** The views of REST framework in the workspace, and which of them leave pagination and throttling to the settings. */
export function apiViews(core: ProjectCore): ApiViews {
  const lists: ClassRef[] = [];
  /** A base class is judged by those that inherit it. */
  const inherited = new Set<string>();
  let count = 0;
  let throttled = false;
  for (const ref of core.classes) {
    if (OUTSIDE.test(core.path(ref.uri))) continue;
    const bases = core.ancestors(ref).flatMap((each) => ("external" in each ? [each.external] : []));
    if (!bases.some((each) => /^rest_framework\.(views|generics|viewsets|mixins)\./.test(each))) continue;
    count++;
    for (const each of core.ancestors(ref).slice(1)) if ("class" in each) inherited.add(each.class.key);
    throttled ||= core.attribute(ref, "throttle_classes") !== undefined || core.method(ref, "get_throttles") !== undefined;
    if (!core.inheritsFrom(ref, ...LISTS)) continue;
    // A base outside the workspace may bring a pagination along.
    if (bases.some((each) => each === "?" || !/^(rest_framework|django|builtins|typing|abc|object)\b/.test(each))) continue;
    if (!bases.some((each) => /^rest_framework\.(generics|viewsets)\./.test(each))) continue;
    // Whoever says something about pagination, or answers lists by hand, has decided.
    if (core.ancestors(ref).some((each) => "class" in each && [...each.class.declaration.attributes, ...each.class.declaration.methods].some(({ name }) => /paginat/i.test(name)))) continue;
    if (core.method(ref, "list")) continue;
    if (core.inheritsFrom(ref, ...SETS) && core.attribute(ref, "queryset") === undefined && core.method(ref, "get_queryset") === undefined) continue;
    lists.push(ref);
  }
  return { count, unpaginated: lists.filter((ref) => !inherited.has(ref.key)).map((ref) => ref.declaration.name), throttled };
}

/** Whether code of the project asks the default cache for something itself. */
export function usesCache(core: ProjectCore): boolean {
  for (const uri of core.uris) {
    if (OUTSIDE.test(core.path(uri))) continue;
    for (const { module, name } of core.files.get(uri)?.declares.imports ?? []) {
      if (module === "django.core.cache" && (name === "cache" || name === "caches")) return true;
      if (module === "django.views.decorators.cache" && name === "cache_page") return true;
    }
  }
  return false;
}
