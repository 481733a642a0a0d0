import type { ClassDeclaration } from "../../../facts";
import type { ClassRef, ProjectCore } from "../../../project";
import type { Apps } from "./apps";
import { builtinByDottedName, builtinByName, builtinModels, isHarmlessBase, isModelRoot } from "./builtins";
import type { BuiltinModel, FieldDraft, ModelDraft } from "./drafts";
import { calleeName, type ExpressionReader } from "./expressions";
import { isDjangoField } from "./field-types";
import type { FieldReader } from "./fields";
import type { MetaReader } from "./meta";

/** Finds the model classes of a project, and lays out which fields each one's table has. */
export class Models {
  /** In a fixed order, bases before what extends them: models of the workspace, and the built-in ones of packages that it imports. */
  readonly drafts: readonly ModelDraft[];
  private readonly created: ModelDraft[] = [];
  private readonly byClass = new Map<string, ModelDraft>();
  private readonly byBuiltin = new Map<BuiltinModel, ModelDraft>();
  private readonly byLabel = new Map<string, ModelDraft[]>();
  private readonly classified = new Map<ClassDeclaration, boolean>();
  /** Of dotted names outside the workspace: whether they are models, may be, or add nothing. */
  private readonly externals = new Map<string, "model" | "unknown" | "harmless">();
  private readonly keys = new Set<string>();
  private readonly building = new Set<string>();
  private readonly laidOut = new Set<ModelDraft>();

  constructor(
    private readonly core: ProjectCore,
    private readonly reader: ExpressionReader,
    private readonly apps: Apps,
    private readonly metas: MetaReader,
    private readonly fields: FieldReader,
    /** All that INSTALLED_APPS may name. */
    installed: ReadonlySet<string>,
  ) {
    for (const each of core.classes) if (core.files.get(each.uri)?.language === "python" && this.isModel(each)) this.classDraft(each);
    const imported = importedPackages(core);
    for (const each of builtinModels) if (each.package.startsWith("django.") || imported.has(each.package) || installed.has(each.package)) this.builtinDraft(each);
    this.drafts = this.created;
    for (const draft of this.drafts) this.layOut(draft);
  }

  ofClass(ref: ClassRef): ModelDraft | undefined {
    return this.byClass.get(ref.key);
  }

  ofExternal(name: string): ModelDraft | undefined {
    const builtin = builtinByDottedName(name);
    return builtin && this.byBuiltin.get(builtin);
  }

  /** The model that `app.Model` means in this file; of several projects' the nearest. */
  named(appLabel: string, name: string, from: string | undefined): ModelDraft | undefined {
    const candidates = this.byLabel.get(`${appLabel}.${name}`.toLowerCase()) ?? [];
    if (candidates.length < 2 || from === undefined) return candidates[0];
    const path = this.core.path(from).split("/");
    let best = candidates[0];
    let bestDepth = -1;
    for (const each of candidates) {
      if (!each.ref) continue;
      const other = this.core.path(each.ref.uri).split("/");
      let depth = 0;
      while (depth < path.length && path[depth] === other[depth]) depth++;
      if (depth > bestDepth) {
        best = each;
        bestDepth = depth;
      }
    }
    return best;
  }

  private isModel(ref: ClassRef): boolean {
    if (ref.declaration.bases.length === 0) return false;
    let isModel = this.classified.get(ref.declaration);
    if (isModel === undefined) this.classified.set(ref.declaration, (isModel = this.classify(ref)));
    return isModel;
  }

  private classify(ref: ClassRef): boolean {
    const ancestors = this.core.ancestors(ref);
    let hasUnknown = false;
    for (const each of ancestors) {
      if (!("external" in each)) continue;
      let kind = this.externals.get(each.external);
      if (!kind) {
        kind = isModelRoot(each.external) || builtinByDottedName(each.external) ? "model" : isHarmlessBase(each.external) ? "harmless" : "unknown";
        this.externals.set(each.external, kind);
      }
      if (kind === "model") return true;
      hasUnknown ||= kind === "unknown";
    }
    if (!hasUnknown) return false;
    // A base nobody knows: what its body builds with Django's own field classes is a model all the same.
    return ancestors.some((each) => "class" in each && each.class.declaration.attributes.some((attribute) => {
      if (attribute.value?.kind !== "call" || !/(Field|Key|Relation)$/.test(calleeName(attribute.value))) return false;
      const symbol = this.reader.symbol({ uri: each.class.uri }, attribute.value.callee);
      return symbol?.kind === "external" && isDjangoField(symbol.name);
    }));
  }

  private classDraft(ref: ClassRef): ModelDraft {
    const known = this.byClass.get(ref.key);
    if (known) return known;
    const ownMeta = ref.declaration.classes.findLast((each) => each.name === "Meta");
    const ownMetaRef = ownMeta && this.core.classRef(ref.uri, ownMeta);
    const abstract = this.metas.isAbstract(ownMetaRef);
    this.building.add(ref.key);
    const lineage: ModelDraft[] = [];
    let isIncomplete = false;
    let inheritedMeta: ClassRef | undefined;
    for (const ancestor of this.core.ancestors(ref)) {
      if ("external" in ancestor) {
        const builtin = builtinByDottedName(ancestor.external);
        if (builtin) for (const each of this.builtinDraft(builtin).lineage) if (!lineage.includes(each)) lineage.push(each);
        if (builtin?.incomplete || (!builtin && !isHarmlessBase(ancestor.external))) isIncomplete = true;
        continue;
      }
      // A model that extends itself in a circle is not its own base.
      if (ancestor.class.key === ref.key || this.building.has(ancestor.class.key)) continue;
      const isBaseModel = this.isModel(ancestor.class);
      const base = isBaseModel ? this.classDraft(ancestor.class) : undefined;
      if (base) lineage.push(base);
      // A concrete model's `Meta` is gone once its class is built; an abstract one's or a plain mixin's is inherited as an attribute.
      const baseMeta = ancestor.class.declaration.classes.findLast((each) => each.name === "Meta");
      if (!inheritedMeta && baseMeta && (!base || base.abstract)) inheritedMeta = this.core.classRef(ancestor.class.uri, baseMeta);
    }
    this.building.delete(ref.key);
    const meta = ownMetaRef ?? inheritedMeta;
    const appLabel = this.metas.string(meta, "app_label") ?? this.apps.labelOf(ref.uri);
    const proxy = !abstract && ownMetaRef !== undefined && this.metas.boolean(ownMetaRef, "proxy") === true;
    const draft = this.createDraft({ name: ref.declaration.name, appLabel, ref, abstract, proxy, meta, incomplete: isIncomplete }, lineage);
    this.byClass.set(ref.key, draft);
    return draft;
  }

  private builtinDraft(builtin: BuiltinModel): ModelDraft {
    const known = this.byBuiltin.get(builtin);
    if (known) return known;
    const lineage: ModelDraft[] = [];
    for (const name of builtin.bases) {
      const base = builtinByName(name, builtin.package);
      if (base) for (const each of this.builtinDraft(base).lineage) if (!lineage.includes(each)) lineage.push(each);
    }
    const draft = this.createDraft({ name: builtin.name, appLabel: builtin.label, builtin, abstract: builtin.abstract, proxy: builtin.proxy, incomplete: builtin.incomplete }, lineage);
    this.byBuiltin.set(builtin, draft);
    return draft;
  }

  private createDraft(
    known: Pick<ModelDraft, "name" | "appLabel" | "ref" | "builtin" | "abstract" | "proxy" | "meta" | "incomplete">,
    bases: readonly ModelDraft[],
  ): ModelDraft {
    const lineage: ModelDraft[] = [];
    const draft: ModelDraft = {
      ...known,
      key: this.uniqueKey(`${known.appLabel}.${known.name}`, known.ref),
      lineage,
      fields: new Map(),
      table: undefined as unknown as ModelDraft,
      parents: [],
      directParents: [],
      primaryKey: "id",
      relations: new Map(),
      reverseQueries: new Map(),
      indexes: [],
      childLinks: new Set(),
    };
    draft.table = draft;
    lineage.push(draft, ...bases);
    this.created.push(draft);
    const label = `${known.appLabel}.${known.name}`.toLowerCase();
    const labelled = this.byLabel.get(label);
    // What the workspace declares comes before what is built in under the same name.
    if (!labelled) this.byLabel.set(label, [draft]);
    else if (known.abstract) labelled.push(draft);
    else labelled.splice(labelled.findLastIndex((each) => !each.abstract && each.ref !== undefined) + 1, 0, draft);
    return draft;
  }

  /** Two projects in one workspace may have an app and model of the same name: the later one's key says where it is. */
  private uniqueKey(key: string, ref: ClassRef | undefined): string {
    if (!this.keys.has(key)) {
      this.keys.add(key);
      return key;
    }
    const unique = `${key}@${ref?.key ?? "builtin"}`;
    this.keys.add(unique);
    return unique;
  }

  /** Which fields are in the model's own table, and which it has from parents (Django: *Model inheritance*, `ModelBase.__new__`). */
  private layOut(draft: ModelDraft): void {
    if (this.laidOut.has(draft)) return;
    this.laidOut.add(draft);
    const concrete = draft.lineage.slice(1).filter((each) => !each.abstract);
    for (const each of concrete) this.layOut(each);
    if (draft.proxy && concrete.length > 0) {
      const table = concrete[0].table;
      draft.table = table;
      draft.parents = table.parents;
      draft.directParents = table.directParents;
      draft.primaryKey = table.primaryKey;
      return;
    }
    const hidden = new Set<string>();
    const inherited: FieldDraft[][] = [];
    const hideClass = (ref: ClassRef): void => {
      for (const each of ref.declaration.attributes) if (each.value) hidden.add(each.name);
      for (const each of ref.declaration.methods) hidden.add(each.name);
    };
    const take = (fields: readonly FieldDraft[]): void => {
      inherited.unshift(fields.filter((each) => !hidden.has(each.name)));
      for (const each of fields) hidden.add(each.name);
    };
    const concreteTables = new Set(concrete.map((each) => each.table));
    const hideTable = (table: ModelDraft): void => {
      for (const each of [table, ...table.parents]) for (const name of each.fields.keys()) hidden.add(name);
    };
    for (const ancestor of draft.ref ? this.core.ancestors(draft.ref) : []) {
      if ("external" in ancestor) {
        const builtin = this.ofExternal(ancestor.external);
        for (const each of builtin?.lineage ?? []) {
          if (!each.abstract) hideTable(each.table);
          else take(each.builtin?.fields ?? []);
        }
        continue;
      }
      const base = this.ofClass(ancestor.class);
      if (base && (base === draft || base.abstract)) take(this.fields.own(ancestor.class));
      else if (base) hideTable(base.table);
      // Attributes of a plain mixin hide the fields of abstract models behind it; they are no fields themselves.
      hideClass(ancestor.class);
    }
    if (!draft.ref) for (const each of draft.lineage) if (each === draft || each.abstract) take(each.builtin?.fields ?? []);
    for (const field of inherited.flat()) draft.fields.set(field.name, field);
    if (this.metas.value(draft.meta, "order_with_respect_to") && !draft.fields.has("_order")) draft.fields.set("_order", orderField);

    if (!draft.abstract) this.linkParents(draft, [...concreteTables]);
    const explicit = [...draft.fields.values()].find((each) => each.primaryKey);
    const parentLink = draft.directParents[0];
    draft.primaryKey = explicit?.name ?? (parentLink ? this.parentLinkName(draft, parentLink) : "id");
    if (!explicit && !parentLink && !draft.abstract && !draft.fields.has("id")) {
      const withId = new Map([["id", automaticId], ...draft.fields]);
      draft.fields.clear();
      for (const [name, field] of withId) draft.fields.set(name, field);
    }
  }

  private linkParents(draft: ModelDraft, tables: readonly ModelDraft[]): void {
    const direct = tables.filter((each) => !tables.some((other) => other !== each && other.parents.includes(each)));
    draft.directParents = direct;
    draft.parents = [...new Set([...direct, ...direct.flatMap((each) => each.parents)])];
    for (const parent of direct) {
      if (this.declaredParentLink(draft, parent)) continue;
      const name = `${parent.name.toLowerCase()}_ptr`;
      if (draft.fields.has(name)) continue;
      draft.fields.set(name, {
        name,
        type: { name: "OneToOneField", form: "one-to-one" },
        nullable: false,
        unique: true,
        primaryKey: parent === direct[0] && ![...draft.fields.values()].some((each) => each.primaryKey),
        hasChoices: false,
        target: parent.ref ? { kind: "class", class: parent.ref } : { kind: "name", name: parent.key },
        isParentLink: true,
      });
    }
  }

  private declaredParentLink(draft: ModelDraft, parent: ModelDraft): FieldDraft | undefined {
    return [...draft.fields.values()].find((each) => {
      if (!each.isParentLink || each.type.form !== "one-to-one" || !each.target) return false;
      if (each.target.kind === "class") return this.ofClass(each.target.class)?.table === parent;
      return each.target.kind === "name" && each.target.name.split(".").at(-1)?.toLowerCase() === parent.name.toLowerCase();
    });
  }

  private parentLinkName(draft: ModelDraft, parent: ModelDraft): string {
    return this.declaredParentLink(draft, parent)?.name ?? `${parent.name.toLowerCase()}_ptr`;
  }
}

/** Packages outside the workspace that some file imports from. */
function importedPackages(core: ProjectCore): ReadonlySet<string> {
  const packages = new Set<string>();
  for (const uri of core.uris) for (const each of core.packagesOf(uri)) packages.add(each);
  for (const each of packages) if (core.module(each)) packages.delete(each);
  return packages;
}

/** The column of `Meta.order_with_respect_to`. */
const orderField: FieldDraft = { name: "_order", type: { name: "OrderWrt" }, nullable: false, unique: false, primaryKey: false, hasChoices: false };

const automaticId: FieldDraft = { name: "id", type: { name: "BigAutoField" }, nullable: false, unique: true, primaryKey: true, hasChoices: false };
