import type { Expression } from "../../../facts";
import type { CallSite, Driven } from "../../../flow/adapter";
import { lastName } from "../../../flow/attributes";
import { callFunction, callValue } from "../../../flow/calls";
import { emptyCall, escape } from "../../../flow/expressions";
import type { ListViewDeclared, RunHow } from "../../../flow";
import type { Machine } from "../../../flow/machine";
import { moduleValue } from "../../../flow/names";
import { constant, joinValues, optionsOf, unknown, type InstanceValue, type MappingValue, type QueryValue, type Value } from "../../../flow/values";
import type { ClassRef, FunctionRef } from "../../../project";
import { looseRow } from "../queries";
import { requestValue } from "../requests";
import { classNode, modelOf, viewQuery } from "../views";
import { externalsOf } from "./classes";
import { LIST } from "./construction";
import { filtered, given } from "./filters";
import { pagesOf } from "./pagination";
import { dataOf } from "./representation";
import { viewValue } from "./settings";

const VIEW = /^(rest_framework\.(views|viewsets|generics|mixins|decorators)|rest_flex_fields\.(views|filter_backends)|rest_framework_extensions\.(mixins|viewsets)|rest_framework_gis\.)/;
const LISTS = /\.(ListModelMixin|ListAPIView|ListCreateAPIView|\w*ModelViewSet)$/;
const RETRIEVES = /\.(RetrieveModelMixin|Retrieve\w*APIView|\w*ModelViewSet)$/;
const CREATES = /\.(CreateModelMixin|\w*CreateAPIView|(?!ReadOnly)\w*ModelViewSet)$/;
const ANSWERS_GET = /\.((List|Retrieve)\w*APIView)$/;

/** What a viewset does with `GET`, by its own names. */
type Action = "list" | "retrieve";

export function isRestView(m: Machine, ref: ClassRef): boolean {
  return externalsOf(m, ref).some((name) => VIEW.test(name));
}

function isViewSet(m: Machine, ref: ClassRef): boolean {
  return externalsOf(m, ref).some((name) => /^rest_\w+\.\w*\.?.*ViewSet(Mixin)?$/.test(name));
}

function provides(m: Machine, ref: ClassRef, action: Action): boolean {
  const pattern = action === "list" ? LISTS : RETRIEVES;
  return externalsOf(m, ref).some((name) => VIEW.test(name) && pattern.test(name));
}

/** `self` in a method of a view: an action of a viewset knows its name, and has what its decorator says in place of the class's own (`ViewSetMixin.as_view`). */
export function restSelf(m: Machine, owner: ClassRef): InstanceValue | undefined {
  const fn = m.frames.length === 1 ? m.frames[0].function : undefined;
  if (!fn || fn.owner?.key !== owner.key || !isViewSet(m, owner)) return undefined;
  const view: InstanceValue = { kind: "instance", class: owner, attributes: new Map(), varies: 0 };
  return beAction(m, view, fn) ? view : undefined;
}

const STANDARD: ReadonlySet<string> = new Set(["list", "retrieve", "create", "update", "partial_update", "destroy"]);
const ACTION_DECORATORS: ReadonlySet<string> = new Set(["action", "list_route", "detail_route", "link"]);

function beAction(m: Machine, view: InstanceValue, { declaration, uri }: FunctionRef): boolean {
  if (STANDARD.has(declaration.name)) {
    view.attributes.set("action", constant(declaration.name));
    view.attributes.set("detail", constant(declaration.name !== "list" && declaration.name !== "create"));
    return true;
  }
  const decorator = declaration.decorators.find((each) => ACTION_DECORATORS.has(lastName(each)));
  if (!decorator) return false;
  view.attributes.set("action", constant(declaration.name));
  if (decorator.kind !== "call") return true;
  for (const { name, value } of decorator.arguments) if (name !== undefined && /^(detail|serializer_class|pagination_class|filter_backends|queryset|lookup_field)$/.test(name)) view.attributes.set(name, moduleValue(m, uri, value));
  return true;
}

/** A view answers `GET` without a method of the user's: a list of what `get_queryset` gives, or one row. */
export function restViewOf(m: Machine, owner: ClassRef): readonly Driven[] {
  if (!isRestView(m, owner) || refusesGet(m, owner)) return [];
  return (["list", "retrieve"] as const).flatMap((action): Driven[] => {
    if (!provides(m, owner, action)) return [];
    const viewSet = isViewSet(m, owner);
    // A generic view without actions answers `get`, which the concrete ones bring along.
    if (!viewSet && !externalsOf(m, owner).some((name) => ANSWERS_GET.test(name))) return [];
    const own = m.project.method(owner, action) ?? (viewSet ? undefined : m.project.method(owner, "get"));
    // What stands in the class itself is evaluated as what it is.
    if (own?.owner?.key === owner.key) return [];
    return [{
      entry: "request",
      run(self) {
        if (self.kind !== "instance") return;
        const view: InstanceValue = viewSet ? { ...self, attributes: new Map([...self.attributes, ["action", constant(action) as Value], ["detail", constant(action === "retrieve") as Value]]) } : self;
        const node = classNode(owner);
        // The base class cannot say what this one lists, so what its method does is reported from here.
        if (own) callFunction(m, own, view, { ...emptyCall(m, node), positional: [given(requestValue(), node)], more: true, writesOut: "many" });
        else if (action === "list") listRows(m, view, node);
        else retrieveRow(m, view, node);
      },
    }];
  });
}

/** `http_method_names = ["post"]`. */
function refusesGet(m: Machine, owner: ClassRef): boolean {
  const attribute = m.project.attribute(owner, "http_method_names")?.attribute.value;
  return attribute?.kind === "sequence" && !attribute.items.some((item) => item.kind !== "literal" || item.value === "get");
}

/** Calls a method of a view: the user's, or what the framework has for it. */
function invoke(m: Machine, view: InstanceValue, name: string, call: CallSite): Value {
  const method = m.project.method(view.class, name);
  return method ? callFunction(m, method, view, call) : restViewMethod(m, view, name, call) ?? unknown(call.varies);
}

/** `ListModelMixin.list`. */
function listRows(m: Machine, view: InstanceValue, node: Expression): Value {
  const call = emptyCall(m, node);
  const rows = invoke(m, view, "filter_queryset", { ...call, positional: [given(invoke(m, view, "get_queryset", call), node)] });
  const page = invoke(m, view, "paginate_queryset", { ...call, positional: [given(rows, node)] });
  const isWhole = page.kind === "constant";
  const shown = isWhole ? rows : optionsOf(page).filter((option): option is Value => option.kind !== "constant").reduce(joinValues);
  const serializer = invoke(m, view, "get_serializer", { ...call, positional: [given(shown, node)], keywords: new Map([["many", given(constant(true), node)]]) });
  // That the rows have no end is said of the class.
  write(m, serializer, node, isWhole ? "other" : "iterate");
  return unknown();
}

/** `RetrieveModelMixin.retrieve`. */
function retrieveRow(m: Machine, view: InstanceValue, node: Expression): Value {
  const call = emptyCall(m, node);
  write(m, invoke(m, view, "get_serializer", { ...call, positional: [given(invoke(m, view, "get_object", call), node)] }), node, "iterate");
  return unknown();
}

function write(m: Machine, serializer: Value, node: Expression, how: RunHow): void {
  for (const option of optionsOf(serializer)) {
    if (option.kind !== "instance" && !(option.kind === "object" && option.type === LIST)) continue;
    dataOf(m, option, { kind: "attribute", object: node, name: "data", nameStart: node.end, start: node.start, end: node.end }, how);
  }
}

/** Methods that the framework gives a view. Undefined: none of these, or what every view has. */
export function restViewMethod(m: Machine, view: InstanceValue, name: string, call: CallSite): Value | undefined {
  if (!isRestView(m, view.class)) return undefined;
  const first = call.positional[0]?.value;
  switch (name) {
    case "get_queryset": return viewQuery(m, view, call, true);
    case "get_object": return objectOf(m, view, call);
    case "get_serializer_class": return viewValue(m, view, "serializer_class");
    case "get_serializer_context": return contextOf(view);
    case "get_serializer": return serializerFor(m, view, call);
    case "filter_queryset": return first && filtered(m, view, first, call);
    case "paginate_queryset": return first && paginated(m, view, first, call);
    case "list": return provides(m, view.class, "list") ? listRows(m, view, call.node) : undefined;
    case "retrieve": return provides(m, view.class, "retrieve") ? retrieveRow(m, view, call.node) : undefined;
    case "get": {
      const action = (["list", "retrieve"] as const).find((each) => provides(m, view.class, each));
      return action === undefined ? undefined : invoke(m, view, action, call);
    }
    default: return undefined;
  }
}

function contextOf(view: InstanceValue): MappingValue {
  return { kind: "mapping", entries: new Map<string, Value>([["request", requestValue()], ["view", view]]), key: unknown(), value: unknown(), size: "few", varies: 0 };
}

/** `GenericAPIView.get_object`: one row of the filtered query. */
function objectOf(m: Machine, view: InstanceValue, call: CallSite): Value | undefined {
  const rows = invoke(m, view, "filter_queryset", { ...call, positional: [given(invoke(m, view, "get_queryset", { ...call, positional: [] }), call.node)] });
  const query = optionsOf(rows).find((option): option is QueryValue => option.kind === "query");
  if (!query) {
    // Rows of a manager that is not known, in a view that names its model all the same.
    const entity = modelOf(m, view);
    return entity && looseRow(m, entity, "object");
  }
  const narrowed: QueryValue = { ...query, query: m.derive(query.query, { atMostOne: true }) };
  return m.adapter(query.query.orm)?.evaluate(narrowed, "get", call.node, m) && oneOf(m, narrowed);
}

function oneOf(m: Machine, { query }: QueryValue): Value {
  return { kind: "row", origin: { entity: query.entity, query, path: "", text: "" }, cell: m.cellOf(query), varies: 0 };
}

function serializerFor(m: Machine, view: InstanceValue, call: CallSite): Value {
  const chosen = invoke(m, view, "get_serializer_class", emptyCall(m, call.node));
  const made = optionsOf(chosen).filter((option) => option.kind === "class" || option.kind === "external" || option.kind === "function");
  if (made.length === 0) {
    for (const argument of [...call.positional, ...call.keywords.values()]) escape(m, argument.value, "response", argument.node.value, "get_serializer");
    return unknown(call.varies);
  }
  const context = call.keywords.get("context") ?? given(invoke(m, view, "get_serializer_context", emptyCall(m, call.node)), call.node);
  return made.map((option) => callValue(m, option, { ...call, keywords: new Map([...call.keywords, ["context", context]]) })).reduce(joinValues);
}

/** `GenericAPIView.paginate_queryset`: a page, or `None` without pagination. */
function paginated(m: Machine, view: InstanceValue, rows: Value, call: CallSite): Value | undefined {
  const pages = pagesOf(m, view);
  if (pages.kind === "none") return constant(null);
  const cut = optionsOf(rows).map((option): Value => {
    if (option.kind !== "query") return option;
    if (pages.kind === "pages" && !pages.orders) m.emit({ kind: "paginated", at: m.at(call.node), query: option.query, by: "paginate_queryset" });
    const bound = pages.kind === "pages" && pages.rows !== undefined ? { kind: "rows" as const, rows: pages.rows } : { kind: "page" as const };
    return { ...option, query: m.derive(option.query, { bound, sliced: true }) };
  }).reduce(joinValues);
  return pages.kind === "unknown" ? joinValues(cut, constant(null)) : cut;
}

/** Whether a view lists rows, and in pages; undefined: it does not, or code of the user's does it. */
export function restListView(m: Machine, ref: ClassRef): Pick<ListViewDeclared, "paginated" | "setting" | "isReadOnly"> & { readonly query: QueryValue } | undefined {
  if (!provides(m, ref, "list") || refusesGet(m, ref)) return undefined;
  if (["list", "get", "paginate_queryset"].some((name) => m.project.method(ref, name))) return undefined;
  if (!isViewSet(m, ref) && !externalsOf(m, ref).some((name) => /\.List\w*APIView$/.test(name))) return undefined;
  const view: InstanceValue = { kind: "instance", class: ref, attributes: new Map(isViewSet(m, ref) ? [["action", constant("list") as Value], ["detail", constant(false) as Value]] : []), varies: 0 };
  const node = classNode(ref);
  const call = emptyCall(m, node);
  const rows = invoke(m, view, "filter_queryset", { ...call, positional: [given(invoke(m, view, "get_queryset", call), node)] });
  const query = optionsOf(rows).find((option): option is QueryValue => option.kind === "query");
  if (!query) return undefined;
  const pages = pagesOf(m, view);
  return { query, setting: "pagination_class", isReadOnly: !externalsOf(m, ref).some((name) => CREATES.test(name)), paginated: pages.kind === "none" ? "no" : pages.kind === "unknown" ? "unknown" : "yes" };
}
