import type { ProjectCore, Relation, RelationForm } from "../../../project";
import type { FieldDraft, ModelDraft, Target } from "./drafts";
import { fillName, type MetaReader } from "./meta";
import type { Models } from "./models";

/** Resolves what fields lead to, and gives the other side its way back. */
export class RelationBuilder {
  constructor(
    private readonly core: ProjectCore,
    private readonly models: Models,
    private readonly metas: MetaReader,
    /** The model that `settings.AUTH_USER_MODEL` names for a file. */
    private readonly userModel: (uri: string | undefined) => ModelDraft | undefined,
  ) {}

  build(): void {
    const concrete = this.models.drafts.filter((each) => each.table === each);
    for (const draft of concrete) for (const field of draft.fields.values()) if (field.type.form) this.addForward(draft, field);
    for (const draft of concrete) {
      // A swapped-out user model has no table, so nothing leads back to it from others, nor through it.
      if (draft.abstract || this.isSwappedOut(draft)) continue;
      for (const field of draft.fields.values()) if (field.type.form) this.addReverse(draft, field);
    }
  }

  /** The table-owning model a target means, seen from the model that has the field. */
  resolve(target: Target | undefined, draft: ModelDraft, declaredIn: string | undefined): ModelDraft | undefined {
    switch (target?.kind) {
      case "class":
        return this.models.ofClass(target.class);
      case "external":
        return this.models.ofExternal(target.name);
      case "user":
        return this.userModel(draft.ref?.uri);
      case "name": {
        if (target.name === "self") return draft;
        const [first, second] = target.name.split(".");
        const from = draft.ref?.uri;
        if (second !== undefined) return this.models.named(first, second, from);
        const named = this.models.named(draft.appLabel, first, from);
        if (named) return named;
        // The app of the class that declares it, and in the end its module's own names: labels may have been told wrongly.
        if (declaredIn === undefined) return undefined;
        const symbol = this.core.resolveName(declaredIn, first);
        return symbol?.kind === "class" ? this.models.ofClass(symbol.class) : undefined;
      }
      case undefined:
        return undefined;
    }
  }

  private isSwappedOut(draft: ModelDraft): boolean {
    return draft.builtin?.name === "User" && draft.builtin.label === "auth" && this.userModel(undefined) !== draft;
  }

  private addForward(draft: ModelDraft, field: FieldDraft): void {
    const form = field.type.form!;
    const isOne = form === "foreign-key" || form === "one-to-one" || form === "generic-foreign-key";
    const declaredIn = field.declaredAt?.uri;
    const through = this.resolve(field.through, draft, declaredIn);
    const target = this.targetOf(draft, field, through);
    draft.relations.set(field.name, {
      kind: "relation",
      name: field.name,
      queryName: field.name,
      form,
      cardinality: isOne ? "one" : "many",
      owner: draft.key,
      target: target?.key,
      inverse: this.inverseName(draft, field, target),
      column: form === "generic-foreign-key" ? field.objectIdField : isOne ? `${field.name}_id` : undefined,
      nullable: field.nullable || form === "generic-foreign-key",
      through: through?.key,
      declaredAt: field.declaredAt,
    });
  }

  private targetOf(draft: ModelDraft, field: FieldDraft, through: ModelDraft | undefined): ModelDraft | undefined {
    // `TaggableManager(through=BookTag)` leads to what `BookTag.tag` leads to.
    const tag = field.type.through !== undefined && through?.ref ? [...through.fields.values()].find((each) => each.name === "tag" && each.target) : undefined;
    return (through && tag && this.resolve(tag.target, through, tag.declaredAt?.uri)) ?? this.resolve(field.target, draft, field.declaredAt?.uri);
  }

  private names(draft: ModelDraft, field: FieldDraft): { accessor?: string; query?: string } {
    const form = field.type.form;
    if (field.hasUnreadableNames) return {};
    // Tags know what they are on in lookups only.
    if (field.type.through !== undefined) return { query: field.relatedQueryName ?? draft.name.toLowerCase() };
    if (form === "generic-relation") return field.relatedQueryName === undefined ? {} : { query: fillName(field.relatedQueryName, draft) };
    const isSelf = field.target?.kind === "name" && field.target.name === "self";
    // A many-to-many to itself leads both ways under one name, unless it says otherwise.
    if (form === "many-to-many" && isSelf && field.symmetrical !== false) return {};
    const given = field.relatedName ?? this.metas.string(draft.meta, "default_related_name");
    const relatedName = given === undefined || given === "" ? undefined : fillName(given, draft);
    if (relatedName?.endsWith("+")) return {};
    const lower = draft.name.toLowerCase();
    return {
      accessor: relatedName ?? (form === "one-to-one" ? lower : `${lower}_set`),
      query: field.relatedQueryName !== undefined ? fillName(field.relatedQueryName, draft) : relatedName ?? lower,
    };
  }

  private inverseName(draft: ModelDraft, field: FieldDraft, target: ModelDraft | undefined): string | undefined {
    if (!target || draft.abstract) return undefined;
    if (field.type.form === "generic-relation") {
      return [...target.fields.values()].find((each) => each.type.form === "generic-foreign-key" && each.objectIdField === field.objectIdField && each.contentTypeField === field.contentTypeField)?.name;
    }
    const isSelf = field.target?.kind === "name" && field.target.name === "self";
    if (field.type.form === "many-to-many" && isSelf && field.symmetrical !== false) return field.name;
    return this.names(draft, field).accessor;
  }

  private addReverse(draft: ModelDraft, field: FieldDraft): void {
    const forward = draft.relations.get(field.name);
    const target = forward && this.targetOf(draft, field, this.resolve(field.through, draft, field.declaredAt?.uri));
    if (!forward || !target) return;
    if (field.hasUnreadableNames) target.table.incomplete = true;
    const { accessor, query } = this.names(draft, field);
    const form = reverseForms[forward.form];
    if (!form || (accessor === undefined && query === undefined)) return;
    // A foreign key to an abstract model can only be meant for the models that extend it.
    const owners = target.abstract ? this.models.drafts.filter((each) => each !== target && each.table === each && !each.abstract && each.lineage.includes(target)) : [target.table];
    for (const owner of owners) {
      const relation: Relation = {
        kind: "relation",
        name: accessor ?? query!,
        queryName: query ?? accessor!,
        form,
        cardinality: form === "reverse-one-to-one" ? "one" : "many",
        owner: owner.key,
        target: draft.key,
        inverse: field.name,
        nullable: form === "reverse-one-to-one",
        through: forward.through,
        declaredAt: field.declaredAt,
      };
      if (accessor !== undefined && !owner.relations.has(accessor) && !owner.fields.has(accessor)) {
        owner.relations.set(accessor, relation);
        if (field.isParentLink && draft.parents.includes(owner)) owner.childLinks.add(accessor);
      }
      if (query !== undefined && !owner.reverseQueries.has(query)) owner.reverseQueries.set(query, relation);
    }
  }
}

const reverseForms: Readonly<Partial<Record<RelationForm, RelationForm>>> = {
  "foreign-key": "reverse-foreign-key",
  "one-to-one": "reverse-one-to-one",
  "many-to-many": "reverse-many-to-many",
  // Only a lookup may go this way: a GenericRelation gives its target no accessor.
  "generic-relation": "reverse-many-to-many",
};
