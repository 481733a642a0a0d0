import type { CallSite, FlowAdapter } from "../../flow/adapter";
import { noteStatements } from "../../flow/costs";
import { hide } from "../../flow/loads";
import { clientValue } from "../../flow/client-values";
import { single, walk } from "../../flow/iteration";
import type { Machine } from "../../flow/machine";
import { constant, external, newCell, sequenceOf, unknown, varying, type Value } from "../../flow/values";
import type { ClassRef, Entity } from "../../project";
import { djangoCombine, djangoExternal, djangoObjectMethod, pageRows, paginatorInstance, requestAttribute, settledNumber, userEntity } from "./externals";
import { adminPagesOf } from "./admin/pages";
import { plainListsIn } from "./admin/plain-lists";
import { adminInstance, adminMethod, adminParameter } from "./admin/classes";
import { boundFields, formAttribute, formMethod, formsetClass, formsetMethod, formsIn, renderForm } from "./forms/render";
import { noteNamedLoads, queryMethod } from "./methods";
import { indexesBuiltIn } from "./migrations";
import { consumersOf } from "./consumers";
import { rateLimitsOf } from "./rate-limits";
import { isAtomic } from "./transactions";
import { mailMethod, outsideExternal, taskMethod } from "./outside";
import { noteSliceSize, pageSizesOf, REQUEST_VALUES } from "./page-sizes";
import { publicPageOf } from "./public-pages/public-page";
import { holdsRows, looseRow, managerOf, querysetInstance, rowOf, rowsOf, run } from "./queries";
import { renderReturned } from "./rendering";
import { assignRow, djangoRowAttribute, djangoRowMethod, metaAttribute } from "./rows";
import { feedOf } from "./feeds";
import { filterSetAttribute, filterSetInstance } from "./filter-sets";
import { genericViewOf, viewFunction } from "./generic-views";
import { requestValue } from "./requests";
import { isRestInstance, isSerializer, restAttribute, restExternal, restInstance, restMethod, restObjectAttribute, restObjectMethod } from "./rest";
import { restSelf, restViewOf } from "./rest/views";
import { resolversOf } from "./graphql/resolvers";
import { statementsOfWrite } from "./writes";
import { isView, listViewsOf, viewAttribute, viewMethod } from "./views";

/** What the Django ORM's classes and calls mean. */
export const djangoFlow: FlowAdapter = {
  orm: "django",

  entityAttribute(entity, name, node, m) {
    if (entity.managers.has(name) || name === "_default_manager" || name === "_base_manager" || (name === "objects" && entity.managers.size === 0)) {
      return managerOf(m, entity, name === "_default_manager" ? entity.defaultManager : name, node);
    }
    if (name === "_meta") return external("django.meta");
    if (name === "DoesNotExist" || name === "MultipleObjectsReturned") return unknown();
    const relation = entity.relations.get(name);
    // `Book.tags.through.objects`: the table between is an entity of its own, where it is known.
    if (relation) return { kind: "object", type: "descriptor", parts: {}, data: relation.through, varies: 0 };
    return undefined;
  },

  rowAttribute: (row, name, node, use, m) => djangoRowAttribute(m, row, name, node, use),

  queryAttribute(value, name, m) {
    // Rows that a query has not loaded yet (Django's `QuerySet._result_cache`): code asks for it to use a prefetched relation as it is.
    if (name === "_result_cache" && value.kind === "query" && !holdsRows(m, value.query)) return constant(null, value.varies);
    // `BaseManager.get_queryset` is `self._queryset_class(model=self.model, …)` (`django/db/models/manager.py`).
    if (name !== "_queryset_class" || value.kind !== "manager" || value.manager?.opaque) return undefined;
    return value.manager?.queryset ? { kind: "class", class: value.manager.queryset, varies: 0 } : external("django.db.models.QuerySet");
  },

  objectAttribute(object, name, node, m) {
    if (object.type === "row-state") return object.parts[name];
    if (object.type === "request") return requestAttribute(m, name);
    if (object.type === "page" && name === "object_list") return pageRows(m, object);
    if (object.type === "paginator" && name === "object_list") return object.parts.rows;
    if (object.type === "descriptor") {
      const through = name === "through" && typeof object.data === "string" ? m.project.entity(object.data) : undefined;
      return through ? { kind: "entity", entity: through, varies: 0 } : unknown();
    }
    return metaAttribute(object, name) ?? restObjectAttribute(m, object, name, node);
  },

  instanceAttribute: (instance, name, node, m) => restAttribute(m, instance, name, node) ?? filterSetAttribute(m, instance, name, node) ?? formAttribute(m, instance, name) ?? viewAttribute(m, instance, name, node),

  callMethod(receiver, name, call, m) {
    switch (receiver.kind) {
      case "query":
      case "manager": return queryMethod(m, receiver, name, call);
      case "row": return djangoRowMethod(m, receiver, name, call);
      case "object":
        if (receiver.type === "cursor") return cursorMethod(m, name, call);
        return formsetMethod(m, receiver, name, call.node) ?? mailMethod(m, receiver, name, call) ?? restObjectMethod(m, receiver, name, call) ?? djangoObjectMethod(m, receiver, name, call);
      case "function": return taskMethod(m, receiver, name, call);
      case "class": return name === "as_view" ? viewFunction(m, receiver.class, call) : undefined;
      default: return undefined;
    }
  },

  callInstance(instance, name, call, m) {
    return adminMethod(m, instance, name) ?? formMethod(m, instance, name, call.node) ?? restMethod(m, instance, name, call) ?? viewMethod(m, instance, name, call);
  },

  instantiate: (owner, call, m) => restInstance(m, owner, call) ?? filterSetInstance(m, owner, call) ?? paginatorInstance(m, owner, call) ?? querysetInstance(m, owner, call),

  isInstance: (value, of, m) => isRestInstance(m, value, of),

  construct(entity, call, m) {
    for (const argument of [...call.positional, ...call.keywords.values()]) hide(m, argument.value);
    const cell = newCell();
    cell.constructed = { at: m.at(call.node), expression: call.node };
    return { kind: "row", origin: { entity: entity.key, path: "", text: entity.name }, cell, varies: Math.max(call.varies, m.innermost) };
  },

  calledUnknown: noteNamedLoads,

  callExternal: (name, call, m) => outsideExternal(m, name, call) ?? formsetClass(name, call) ?? restExternal(name, call) ?? djangoExternal(m, name, call),

  evaluate(value, how, node, m, rows = node) {
    run(m, value, how, node, rows);
    return rowsOf(m, value, how === "list" || how === "sort" ? node : undefined);
  },

  iterate(value, _node, m) {
    if (value.kind === "instance") return boundFields(m, value);
    if (value.kind === "object") {
      const forms = formsIn(value);
      if (forms) return forms;
      const rows = pageRows(m, value);
      if (!rows) return undefined;
      return value.type === "paginator" ? sequenceOf("iterator", { kind: "object", type: "page", parts: value.parts, varies: value.varies }, { batches: true, size: "unknown" }) : rows;
    }
    return undefined;
  },

  subscript(value, index, node, m) {
    const query = value.kind === "query" || value.kind === "manager" ? value : undefined;
    if (value.kind === "object") {
      if (value.type === REQUEST_VALUES) return clientValue(Math.max(value.varies, index.varies));
      const rows = pageRows(m, value);
      return rows ? (index.kind === "object" ? rows : single(walk(m, rows, node, "index").element)) : undefined;
    }
    if (!query) return undefined;
    const varies = Math.max(value.varies, index.varies);
    if (index.kind === "object" && index.type === "slice") {
      const { lower, upper } = index.parts;
      noteSliceSize(m, query.query, index, node);
      const from = lower === undefined ? 0 : settledNumber(m, lower);
      const to = upper && settledNumber(m, upper);
      const bound = to !== undefined && from !== undefined ? { kind: "rows" as const, rows: Math.max(0, to - from) } : upper !== undefined && !(upper.kind === "constant" && upper.value === null) ? { kind: "page" as const } : query.query.bound;
      if (m.evaluated.has(query.query.id)) {
        // A slice of loaded rows is a use of them.
        run(m, { kind: "query", query: query.query, varies }, "index", node);
        return { ...rowsOf(m, query), of: "list", bound, varies };
      }
      return { kind: "query", query: m.derive(query.query, { bound, sliced: true }), varies };
    }
    run(m, { kind: "query", query: query.query, varies }, "index", node);
    return varying(query.query.shape === "instances" ? rowOf(m, query.query, false) : unknown(), varies);
  },

  combine: (operator, left, right, _node, m) => djangoCombine(m, operator, left, right),

  selfOf(owner, m) {
    const entity = m.project.entityOfClass(owner);
    if (entity) return looseRow(m, entity, "self");
    const models = m.project.registeredFor(owner);
    const model = models.length === 1 ? m.project.entity(models[0]) : undefined;
    if (model) return adminInstance(m, owner, model);
    const managed = managedBy(m, owner);
    if (managed) return managed.kind === "queryset" ? { kind: "query", query: managerOf(m, managed.entity, managed.manager, selfNode(owner), "opaque").query, varies: 0 } : managerOf(m, managed.entity, managed.manager, selfNode(owner), "opaque");
    return restSelf(m, owner);
  },

  classSelfOf(owner, m) {
    const entity = m.project.entityOfClass(owner);
    return entity ? { kind: "entity", entity, varies: 0 } : undefined;
  },

  parameter(owner, name, m) {
    if (name === "request" && (!owner || isView(m, owner))) return requestValue();
    const given = owner && adminParameter(m, owner, name);
    if (given) return given;
    // Who calls a serializer's methods is known: the view that makes it.
    if (owner && isSerializer(m, owner)) return undefined;
    const entity = namedLike(m, name);
    return entity && looseRow(m, entity, name, "inferred");
  },

  annotation(name, parameters, node, m) {
    const last = name.slice(name.lastIndexOf(".") + 1);
    const [first] = parameters;
    if (/^(QuerySet|Manager|RelatedManager|BaseManager|TreeQuerySet)$/.test(last) && first?.kind === "entity") {
      const manager = managerOf(m, first.entity, first.entity.defaultManager, node, "opaque");
      // What was done to it before is not known: it may load, filter and limit.
      const query = m.derive(manager.query, { uncertain: true, loads: new Map([["*", { path: "*", by: "join" as const, at: m.at(node) }]]) });
      return last === "QuerySet" || last === "TreeQuerySet" ? { kind: "query", query, varies: 0 } : { ...manager, query };
    }
    if (first?.kind === "entity") return looseRow(m, first.entity, m.describe(node));
    if (/(^|\.)(HttpRequest|Request|WSGIRequest|AuthedHttpRequest)$/.test(name)) return requestValue();
    return undefined;
  },

  statementsOf: statementsOfWrite,

  assignAttribute: (row, name, value, node, assigned, m, operator) => assignRow(m, row, name, value, node, assigned, operator),

  printed: (value, node, m) => renderForm(m, value, node),

  driven: (owner, m) => [...feedOf(m, owner), ...genericViewOf(m, owner), ...adminPagesOf(m, owner), ...restViewOf(m, owner), ...resolversOf(m, owner)],

  drivenIn: (uri, m) => plainListsIn(m, uri),

  returned: (fn, value, node, m) => renderReturned(m, fn, value, node),

  listViews: (uri, m) => listViewsOf(m, uri),

  indexesBuilt: (uri, m) => indexesBuiltIn(m, uri),

  isTransactional: (fn, m) => isAtomic(m, fn),

  declared: (uri, m) => [...rateLimitsOf(m, uri), ...consumersOf(m, uri)],

  publicPage: (fn, owner, events, m) => publicPageOf(m, fn, owner, events),

  pageSizes: (uri, m) => pageSizesOf(m, uri),
};

/** `cursor.execute(sql)` of `connection.cursor()`. */
function cursorMethod(m: Machine, name: string, call: CallSite): Value {
  if (name === "execute" || name === "executemany" || name === "callproc") noteStatements(m, { what: "query", least: 1, most: 1, at: m.at(call.node, call.uri) });
  return unknown(Math.max(call.varies, m.innermost));
}

function selfNode(owner: ClassRef): { readonly kind: "name"; readonly name: "self"; readonly start: number; readonly end: number } {
  return { kind: "name", name: "self", start: owner.declaration.nameStart, end: owner.declaration.nameEnd };
}

const entityNames = new WeakMap<object, ReadonlyMap<string, Entity | undefined>>();

/** The only entity of the project whose name a parameter bears: `project` for `Project`, `remote_repository` for `RemoteRepository`. */
function namedLike(m: Machine, name: string): Entity | undefined {
  const { entities } = m.project;
  let names = entityNames.get(entities);
  if (!names) {
    const found = new Map<string, Entity | undefined>();
    for (const entity of entities.values()) {
      if (!entity.class || entity.abstract || entity.implicit) continue;
      const key = entity.name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toLowerCase();
      found.set(key, found.has(key) ? undefined : entity);
    }
    const user = userEntity(m);
    if (user && !found.has("user")) found.set("user", user);
    entityNames.set(entities, (names = found));
  }
  return names.get(name);
}

const managedEntities = new WeakMap<object, Map<string, { readonly entity: Entity; readonly manager: string; readonly kind: "manager" | "queryset" } | undefined>>();

/** The entity whose rows a manager or queryset class of the user's gives; the first one by key when several share it. */
function managedBy(m: Machine, owner: ClassRef): { readonly entity: Entity; readonly manager: string; readonly kind: "manager" | "queryset" } | undefined {
  const { entities } = m.project;
  let known = managedEntities.get(entities);
  if (!known) managedEntities.set(entities, (known = new Map()));
  if (known.has(owner.key)) return known.get(owner.key);
  let found: { entity: Entity; manager: string; kind: "manager" | "queryset" } | undefined;
  const external = m.project.ancestors(owner).some((ancestor) => "external" in ancestor && /(Manager|QuerySet)$/.test(ancestor.external));
  if (external) {
    const candidates: { entity: Entity; manager: string; kind: "manager" | "queryset" }[] = [];
    for (const entity of entities.values()) {
      if (entity.abstract) continue;
      for (const manager of entity.managers.values()) {
        if (manager.class && m.project.ancestors(manager.class).some((ancestor) => "class" in ancestor && ancestor.class.key === owner.key)) candidates.push({ entity, manager: manager.name, kind: "manager" });
        else if (manager.queryset && m.project.ancestors(manager.queryset).some((ancestor) => "class" in ancestor && ancestor.class.key === owner.key)) candidates.push({ entity, manager: manager.name, kind: "queryset" });
      }
    }
    // A class shared by several entities speaks of none in particular.
    if (candidates.length === 1 || (candidates.length > 1 && candidates.every((candidate) => candidate.entity.key === candidates[0].entity.key))) found = candidates[0];
  }
  known.set(owner.key, found);
  return found;
}

