import type { ClassDeclaration, Expression, FileFacts } from "../facts";
import type { ClassRef, DatabaseIndex, Entity, Field, Manager, Relation } from "./model";
import type { Location, Span } from "../source";

/** Where the declarations of files went whose text changed without changing what they declare. */
export class Relocation {
  private readonly objects = new Map<object, object>();
  private readonly spans = new Map<string, Map<string, Span>>();
  private readonly relations = new Map<Relation, Relation>();
  private readonly fields = new Map<Field, Field>();

  private constructor(private readonly classRef: (uri: string, declaration: ClassDeclaration) => ClassRef) {}

  /** Undefined when some file does not declare the same as before after all. */
  static between(
    moved: Iterable<string>,
    before: ReadonlyMap<string, FileFacts>,
    after: ReadonlyMap<string, FileFacts>,
    classRef: (uri: string, declaration: ClassDeclaration) => ClassRef,
  ): Relocation | undefined {
    const relocation = new Relocation(classRef);
    for (const uri of moved) {
      const from = before.get(uri);
      const to = after.get(uri);
      if (!from || !to || from.fingerprint.declares !== to.fingerprint.declares) return undefined;
      const spans = new Map<string, Span>();
      relocation.spans.set(uri, spans);
      if (!relocation.match(from.declares, to.declares, spans)) return undefined;
    }
    return relocation;
  }

  /** The entity with all its places in the moved files brought up to date; itself when it has none there. */
  entity(entity: Entity): Entity {
    const fields = mapValues(entity.fields, (each) => this.field(each));
    const relations = mapValues(entity.relations, (each) => this.relation(each));
    const queryNames = mapValues(entity.queryNames, (each) => (each.kind === "field" ? this.field(each) : this.relation(each)));
    const managers = mapValues(entity.managers, (each) => this.manager(each));
    const indexes = mapItems(entity.indexes, (each) => this.index(each));
    const declaringClass = this.reference(entity.class);
    const orderingAt = this.location(entity.orderingAt);
    const sources = entity.sources && mapValues(entity.sources, (each) => this.placed(each)!);
    const isSame = fields === entity.fields && sources === entity.sources && relations === entity.relations && queryNames === entity.queryNames && managers === entity.managers
      && indexes === entity.indexes && declaringClass === entity.class && orderingAt === entity.orderingAt;
    if (isSame && this.location(entity.declaredAt) === entity.declaredAt) return entity;
    const meta = entity.meta && ((this.objects.get(entity.meta) as ClassDeclaration | undefined) ?? entity.meta);
    return { ...entity, class: declaringClass, declaredAt: this.location(entity.declaredAt), fields, relations, queryNames, managers, indexes, orderingAt, meta, ...(sources && { sources }) };
  }

  /** Pairs nodes and spans of two lists of the same declarations. */
  private match(from: object, to: object, spans: Map<string, Span>): boolean {
    this.objects.set(from, to);
    const before = from as Record<string, unknown>;
    const after = to as Record<string, unknown>;
    for (const key in before) {
      const value = before[key];
      if (value === null || typeof value !== "object") continue;
      const other = after[key];
      if (other === null || typeof other !== "object" || !this.match(value, other, spans)) return false;
    }
    pairSpans(before, after, "start", "end", spans);
    pairSpans(before, after, "nameStart", "nameEnd", spans);
    return !Array.isArray(from) || from.length === (to as unknown[]).length;
  }

  private location(location: Location | undefined): Location | undefined {
    const spans = location && this.spans.get(location.uri);
    if (!spans) return location;
    return { uri: location.uri, span: spans.get(`${location.span.start}:${location.span.end}`) ?? location.span };
  }

  private placed<T extends { readonly uri: string; readonly expression: Expression }>(placed: T | undefined): T | undefined {
    const expression = placed && this.spans.has(placed.uri) ? (this.objects.get(placed.expression) as Expression | undefined) : undefined;
    return placed && expression ? { ...placed, expression } : placed;
  }

  private reference(ref: ClassRef | undefined): ClassRef | undefined {
    const declaration = ref && this.spans.has(ref.uri) ? (this.objects.get(ref.declaration) as ClassDeclaration | undefined) : undefined;
    return ref && declaration ? this.classRef(ref.uri, declaration) : ref;
  }

  private relation(relation: Relation): Relation {
    let moved = this.relations.get(relation);
    if (!moved) {
      const declaredAt = this.location(relation.declaredAt);
      moved = declaredAt === relation.declaredAt ? relation : { ...relation, declaredAt };
      this.relations.set(relation, moved);
    }
    return moved;
  }

  private field(field: Field): Field {
    let moved = this.fields.get(field);
    if (!moved) {
      const declaredAt = this.location(field.declaredAt);
      moved = declaredAt === field.declaredAt ? field : { ...field, declaredAt, call: this.placed(field.call) };
      this.fields.set(field, moved);
    }
    return moved;
  }

  private index(index: DatabaseIndex): DatabaseIndex {
    const declaredAt = this.location(index.declaredAt);
    return declaredAt === index.declaredAt ? index : { ...index, declaredAt, declaration: this.placed(index.declaration) };
  }

  private manager(manager: Manager): Manager {
    const declaredAt = this.location(manager.declaredAt);
    const declaringClass = this.reference(manager.class);
    const queryset = this.reference(manager.queryset);
    if (declaredAt === manager.declaredAt && declaringClass === manager.class && queryset === manager.queryset) return manager;
    return { ...manager, declaredAt, class: declaringClass, queryset };
  }
}

function pairSpans(before: Record<string, unknown>, after: Record<string, unknown>, start: string, end: string, spans: Map<string, Span>): void {
  if (typeof before[start] !== "number") return;
  spans.set(`${before[start]}:${before[end]}`, { start: after[start] as number, end: after[end] as number });
}

/** The same map when no value changed. */
function mapValues<T>(map: ReadonlyMap<string, T>, change: (value: T) => T): ReadonlyMap<string, T> {
  let changed: Map<string, T> | undefined;
  for (const [key, value] of map) {
    const next = change(value);
    if (next === value) continue;
    changed ??= new Map(map);
    changed.set(key, next);
  }
  return changed ?? map;
}

/** The same list when no item changed. */
function mapItems<T>(items: readonly T[], change: (item: T) => T): readonly T[] {
  let isChanged = false;
  const changed = items.map((item) => {
    const next = change(item);
    isChanged ||= next !== item;
    return next;
  });
  return isChanged ? changed : items;
}
