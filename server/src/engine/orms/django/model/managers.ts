import type { AttributeDeclaration, Expression } from "../../../facts";
import type { ClassRef, Manager, ProjectCore } from "../../../project";
import type { ModelDraft } from "./drafts";
import { calleeName, lastName, positional, type ExpressionReader, type Scope } from "./expressions";
import type { MetaReader } from "./meta";

/** Managers and querysets outside the workspace whose own methods add nothing to a queryset that matters here. */
export const knownClasses = /^(django\.(db\.models|contrib)\.[\w.]*\b(Manager|BaseManager|QuerySet|UserManager|BaseUserManager|ContentTypeManager|CurrentSiteManager|SessionManager|BaseSessionManager|PermissionManager|GroupManager|SiteManager|LogEntryManager|RawQuerySet)|mptt\.[\w.]*\b(TreeManager|TreeQuerySet)|treebeard\.[\w.]*\b\w+(NodeManager|NodeQuerySet)|(wagtail[\w.]*)\.\w*(PageManager|BasePageManager|PageQuerySet|TreeQuerySet)|polymorphic\.[\w.]*\b(PolymorphicManager|PolymorphicQuerySet)|model_utils\.[\w.]*\b(InheritanceManager|InheritanceQuerySet|QueryManager|SoftDeletableManager|JoinManager)|django_scopes\.[\w.]*\b(ScopedManager|DisabledQuerySet)|safedelete\.[\w.]*\bSafeDelete\w*(Manager|Queryset)|django_extensions\.[\w.]*\bActivatorModelManager|ordered_model\.[\w.]*\bOrderedModel(Manager|QuerySet)|parler\.[\w.]*\bTranslatable(Manager|QuerySet)|taggit\.[\w.]*\b_TaggableManager|modelcluster\.[\w.]+|caching\.base\.Caching(Manager|QuerySet))$/;

const looksLikeManager = /(Manager|Managers)$/;

/** What is known of a manager or queryset class expression. */
interface ManagerClass {
  readonly class?: ClassRef;
  readonly queryset?: ClassRef;
  readonly opaque: boolean;
}

/** Finds the managers of models. */
export class ManagerReader {
  private readonly ownManagers = new Map<string, readonly Manager[]>();

  constructor(private readonly core: ProjectCore, private readonly reader: ExpressionReader, private readonly metas: MetaReader) {}

  /** Managers by name, those of nearer classes first, and the default one (Django: *Default managers*). */
  of(draft: ModelDraft): { readonly managers: ReadonlyMap<string, Manager>; readonly defaultManager: string } {
    const managers = new Map<string, Manager>();
    for (const each of draft.lineage) for (const manager of this.declared(each)) if (!managers.has(manager.name)) managers.set(manager.name, manager);
    if (managers.size === 0) managers.set("objects", { name: "objects", opaque: false });
    const named = this.defaultName(draft);
    return { managers, defaultManager: named !== undefined && managers.has(named) ? named : managers.keys().next().value! };
  }

  private defaultName(draft: ModelDraft): string | undefined {
    const own = this.metas.string(draft.meta, "default_manager_name");
    if (own !== undefined || this.declared(draft).length > 0) return own;
    // `Options.default_manager_name` of the nearest model among the bases, whether or not it has one.
    return this.metas.string(draft.lineage[1]?.meta, "default_manager_name");
  }

  private declared(draft: ModelDraft): readonly Manager[] {
    if (draft.builtin) return draft.builtin.managers;
    if (!draft.ref) return [];
    let managers = this.ownManagers.get(draft.ref.key);
    if (!managers) {
      const byName = new Map<string, Manager>();
      for (const attribute of draft.ref.declaration.attributes) {
        const manager = this.read(draft.ref, attribute);
        byName.delete(attribute.name);
        if (manager) byName.set(attribute.name, manager);
      }
      this.ownManagers.set(draft.ref.key, (managers = [...byName.values()]));
    }
    return managers;
  }

  private read(ref: ClassRef, attribute: AttributeDeclaration): Manager | undefined {
    if (!attribute.value) return undefined;
    const found = this.instance({ uri: ref.uri, class: ref }, attribute.value, 0);
    const isCertainlyOne = attribute.name === "objects" && !(attribute.value.kind === "literal");
    if (!found && !isCertainlyOne) return undefined;
    return {
      name: attribute.name,
      class: found?.class,
      queryset: found?.queryset,
      opaque: found?.opaque ?? true,
      declaredAt: { uri: ref.uri, span: { start: attribute.nameStart, end: attribute.nameEnd } },
    };
  }

  /** An expression whose value is a manager. */
  private instance(scope: Scope, expression: Expression, depth: number): ManagerClass | undefined {
    if (depth > 8) return undefined;
    if (expression.kind === "name" || expression.kind === "attribute") {
      const found = this.reader.follow(scope, expression);
      return found.expression === expression ? undefined : this.instance(found.scope, found.expression, depth + 1);
    }
    if (expression.kind !== "call") return undefined;
    // `BookQuerySet.as_manager()`
    if (expression.callee.kind === "attribute" && expression.callee.name === "as_manager") {
      const queryset = this.classOf(scope, expression.callee.object);
      return { queryset: queryset?.class, opaque: !queryset || queryset.opaque };
    }
    const found = this.classOf(scope, expression.callee, depth);
    if (!found) return looksLikeManager.test(calleeName(expression)) && !/Taggable/.test(calleeName(expression)) ? { opaque: true } : undefined;
    return found.isManager ? found : undefined;
  }

  /** A manager class given as a class, an alias, or `Manager.from_queryset(BookQuerySet)`. */
  private classOf(scope: Scope, expression: Expression, depth = 0): (ManagerClass & { readonly isManager: boolean }) | undefined {
    if (depth > 8) return undefined;
    if (expression.kind === "subscript") return this.classOf(scope, expression.object, depth + 1);
    if (expression.kind === "call") {
      if (calleeName(expression) !== "from_queryset" || expression.callee.kind !== "attribute") return undefined;
      const manager = this.classOf(scope, expression.callee.object, depth + 1);
      const given = positional(expression, 0);
      const queryset = given && this.classOf(scope, given, depth + 1);
      return { class: manager?.class, queryset: queryset?.class ?? manager?.queryset, opaque: !manager || manager.opaque || !queryset || queryset.opaque, isManager: true };
    }
    const symbol = this.reader.symbol({ uri: scope.uri }, expression);
    if (symbol?.kind === "external") {
      const isManager = looksLikeManager.test(symbol.name);
      if (!isManager && !/QuerySet$/.test(symbol.name) || /Taggable/.test(symbol.name)) return undefined;
      return { opaque: !knownClasses.test(symbol.name), isManager };
    }
    if (symbol?.kind === "value" && symbol.value.value) {
      const value = symbol.value.value;
      return value === expression ? undefined : this.classOf({ uri: symbol.uri }, value, depth + 1);
    }
    if (symbol?.kind !== "class") return undefined;
    return this.ofClass(symbol.class, depth) ?? this.behind(symbol.class, depth);
  }

  /** A class that stands for another: its metaclass looks names up somewhere else (`__getattr__`), and one of its attributes is a manager or queryset class. */
  private behind(ref: ClassRef, depth: number): (ManagerClass & { readonly isManager: boolean }) | undefined {
    const isProxy = this.core.ancestors(ref).some((each) => {
      if (!("class" in each)) return false;
      const metaclass = each.class.declaration.keywords.find((keyword) => keyword.name === "metaclass")?.value;
      const symbol = metaclass && this.core.resolveExpression(each.class.uri, metaclass);
      return symbol?.kind === "class" && this.core.method(symbol.class, "__getattr__") !== undefined;
    });
    if (!isProxy) return undefined;
    const found = ref.declaration.attributes.flatMap(({ value }) => (value?.kind === "name" || value?.kind === "attribute" ? (this.classOf({ uri: ref.uri, class: ref }, value, depth + 1) ?? []) : []));
    return found.length === 1 ? found[0] : undefined;
  }

  private ofClass(ref: ClassRef, depth: number): (ManagerClass & { readonly isManager: boolean }) | undefined {
    // taggit calls its field a manager.
    if (/Taggable/.test(ref.declaration.name)) return undefined;
    let isManager = false;
    let isQueryset = false;
    let opaque = false;
    for (const each of this.core.ancestors(ref)) {
      if ("class" in each) continue;
      const name = each.external;
      if (/Manager$/.test(name) && !/Taggable/.test(name)) isManager = true;
      else if (/QuerySet$/i.test(name)) isQueryset = true;
      if (!knownClasses.test(name) && (name === "?" || (name.includes(".") && !/^(typing|typing_extensions|abc|collections)\./.test(name)))) opaque = true;
    }
    if (!isManager && !isQueryset) {
      // Only unknown bases: by its name.
      if (!opaque || !looksLikeManager.test(ref.declaration.name)) return undefined;
      isManager = true;
    }
    return { class: ref, queryset: isManager ? this.querysetOf(ref, depth) : undefined, opaque, isManager };
  }

  /** The queryset class that a manager class names: `_queryset_class`, or `from_queryset` among its bases. */
  private querysetOf(ref: ClassRef, depth: number): ClassRef | undefined {
    for (const each of this.core.ancestors(ref)) {
      if (!("class" in each)) continue;
      const own = each.class.declaration.attributes.findLast((attribute) => attribute.name === "_queryset_class")?.value;
      const named = own && this.classOf({ uri: each.class.uri }, own, depth + 1)?.class;
      if (named) return named;
      for (const base of each.class.declaration.bases) {
        const found = base.kind === "call" || base.kind === "name" || base.kind === "attribute" ? this.fromQueryset({ uri: each.class.uri }, base, depth + 1) : undefined;
        if (found) return found;
      }
    }
    return undefined;
  }

  private fromQueryset(scope: Scope, base: Expression, depth: number): ClassRef | undefined {
    const found = base.kind === "call" ? { scope, expression: base } : this.reader.follow(scope, base);
    const call = found.expression;
    if (call.kind !== "call" || lastName(call.callee) !== "from_queryset") return undefined;
    return this.classOf(found.scope, call, depth)?.queryset;
  }
}
