import type { Call, Expression } from "../../../facts";
import type { ProjectCore } from "../../../project";
import { ASSOCIATION_METHODS, modelCallsOf, type AssociationMethod, type ModelCall } from "./calls";
import { placeOf, type AssociationDraft, type ModelDraft } from "./drafts";
import type { Models } from "./models";
import { camelize, pluralize, singularize } from "./naming";
import { argument, bare, flagOf, lastNameOf, textOf, valueAt, type Reader } from "./reading";

/** Sequelize's own words for the decorators of sequelize-typescript and of version 7. */
const DECORATORS: ReadonlyMap<string, AssociationMethod> = new Map([["HasMany", "hasMany"], ["HasOne", "hasOne"], ["BelongsTo", "belongsTo"], ["BelongsToMany", "belongsToMany"]]);

/** Reads what models say of each other, in calls and in decorators. */
export class Associations {
  constructor(private readonly core: ProjectCore, private readonly reader: Reader, private readonly models: Models) {}

  readAll(uris: readonly string[]): void {
    for (const uri of uris) {
      for (const each of modelCallsOf(this.core.files.get(uri)!)) {
        if (ASSOCIATION_METHODS.has(each.method)) this.readCall(uri, each);
        else if (/^(add|before|after)/.test(each.method)) this.readExtra(uri, each);
      }
    }
    for (const draft of [...this.models.drafts]) if (draft.ref && !draft.abstract) this.readDecorators(draft);
  }

  private readCall(uri: string, { call, method, receiver, functionId, target: assignedTo }: ModelCall): void {
    const source = this.models.at(uri, functionId, receiver);
    const named = argument(call, 0);
    const target = named && this.models.at(uri, functionId, named);
    if (!source) return;
    if (!target) {
      source.incomplete = true;
      return;
    }
    const association = this.association(source, target, method as AssociationMethod, uri, functionId, call, argument(call, 1));
    if (assignedTo?.kind === "attribute") source.assigned.set(assignedTo.name, association.as);
  }

  /** `User.addScope("active", …)`, `User.addHook("beforeCreate", …)`, `User.beforeCreate(…)`. */
  private readExtra(uri: string, { call, method, receiver, functionId }: ModelCall): void {
    const draft = this.models.at(uri, functionId, receiver);
    if (!draft) return;
    const first = textOf(argument(call, 0));
    if (method === "addScope") {
      const scope = argument(call, 1);
      if (first !== undefined && scope) draft.scopes.set(first === "defaultScope" ? "" : first, { uri, expression: scope });
    } else draft.hooks.add(method === "addHook" ? first ?? "" : method);
  }

  private association(source: ModelDraft, target: ModelDraft, method: AssociationMethod, uri: string, functionId: string, call: Call, given: Expression | undefined): AssociationDraft {
    const { uri: at, expression } = given ? this.reader.follow({ uri, expression: given }) : { uri, expression: undefined };
    // `belongsTo(User, { ...options, as })` with what cannot be read.
    if (expression && expression.kind !== "mapping") source.incomplete = true;
    const key = valueAt(expression, "foreignKey");
    const through = valueAt(expression, "through");
    const { as, singular } = namesOf(target, method, valueAt(expression, "as"));
    const association: AssociationDraft = {
      method, target, as, singular,
      foreignKey: keyName(key) ?? this.inferredKey(source, target, method, as, valueAt(expression, "as") !== undefined),
      otherKey: keyName(valueAt(expression, "otherKey")),
      through: through && this.throughOf(at, functionId, through),
      onDelete: textOf(valueAt(expression, "onDelete")) ?? textOf(valueAt(key, "onDelete")),
      constraints: flagOf(valueAt(expression, "constraints")) !== false && flagOf(valueAt(expression, "foreignKeyConstraints")) !== false,
      allowNull: flagOf(valueAt(key, "allowNull")),
      declaredAt: placeOf(uri, call), declaration: { uri, expression: call },
    };
    source.associations.push(association);
    addInverse(source, association, valueAt(expression, "inverse"));
    return association;
  }

  /** `foreignKey` by default (source of sequelize 6: `src/associations`). */
  private inferredKey(source: ModelDraft, target: ModelDraft, method: AssociationMethod, as: string, isAliased: boolean): string {
    switch (method) {
      case "belongsTo": return camelize(`${as}_${keyOf(target)}`);
      case "hasOne": return camelize(`${singularize(isAliased ? as : source.name)}_${keyOf(source)}`);
      default: return camelize(`${source.options.singular ?? singularize(source.name)}_${keyOf(source)}`);
    }
  }

  /** A model, the name of one, or `{ model }`. */
  private throughOf(uri: string, functionId: string, expression: Expression): ModelDraft | string | undefined {
    const inner = bare(expression);
    const given = inner.kind === "mapping" ? valueAt(inner, "model") : inner;
    const text = textOf(given);
    if (text !== undefined) return this.models.named(text, uri) ?? text;
    return given && this.models.at(uri, functionId, given);
  }

  private readDecorators(draft: ModelDraft): void {
    for (const ancestor of this.core.ancestors(draft.ref!)) {
      if (!("class" in ancestor)) continue;
      const { uri, declaration } = ancestor.class;
      for (const property of declaration.attributes) {
        for (const decorator of property.decorators ?? []) {
          const method = DECORATORS.get(lastNameOf(decorator));
          if (method && decorator.kind === "call" && !draft.associations.some((each) => each.as === property.name)) this.readDecorator(draft, uri, property.name, { start: property.nameStart, end: property.nameEnd }, method, decorator);
        }
      }
    }
  }

  /** `@HasMany(() => Post, "authorId") posts: Post[]`, `@BelongsToMany(() => Tag, () => PostTag, "postId", "tagId")`. */
  private readDecorator(source: ModelDraft, uri: string, as: string, at: { readonly start: number; readonly end: number }, method: AssociationMethod, decorator: Call): void {
    const named = argument(decorator, 0);
    const target = named && this.models.at(uri, "", named);
    if (!target) {
      source.incomplete = true;
      return;
    }
    const isMany = method === "belongsToMany";
    const second = argument(decorator, 1);
    const options = second && bare(second).kind === "mapping" ? second : undefined;
    const joined = isMany ? options ? valueAt(options, "through") : second : undefined;
    const keyGiven = options ? valueAt(options, "foreignKey") : argument(decorator, isMany ? 2 : 1);
    const alias = textOf(valueAt(options, "as")) ?? as;
    const association: AssociationDraft = {
      method, target, as: alias, singular: method === "hasMany" || isMany ? singularize(alias) : alias,
      foreignKey: keyName(keyGiven) ?? this.declaredKey(source, target, method) ?? this.inferredKey(source, target, method, alias, true),
      otherKey: keyName(options ? valueAt(options, "otherKey") : argument(decorator, 3)),
      through: joined && this.throughOf(uri, "", joined),
      onDelete: textOf(valueAt(options, "onDelete")), constraints: flagOf(valueAt(options, "constraints")) !== false,
      declaredAt: placeOf(uri, at), declaration: { uri, expression: decorator },
    };
    source.associations.push(association);
    addInverse(source, association, valueAt(options, "inverse"));
  }

  /** `@ForeignKey(() => User) userId` of sequelize-typescript: the column that refers to the other model (its source, `getForeignKeyOptions`). */
  private declaredKey(source: ModelDraft, target: ModelDraft, method: AssociationMethod): string | undefined {
    if (method === "belongsToMany") return undefined;
    const [owner, other] = method === "belongsTo" ? [source, target] : [target, source];
    for (const ancestor of owner.ref ? this.core.ancestors(owner.ref) : []) {
      if (!("class" in ancestor)) continue;
      const { uri, declaration } = ancestor.class;
      for (const property of declaration.attributes) {
        for (const decorator of property.decorators ?? []) {
          const named = lastNameOf(decorator) === "ForeignKey" && decorator.kind === "call" ? argument(decorator, 0) : undefined;
          if (named && this.models.at(uri, "", named) === other) return property.name;
        }
      }
    }
    return undefined;
  }
}

/** Version 7 makes the way back too (documentation: *Associations*, `inverse`). */
function addInverse(source: ModelDraft, association: AssociationDraft, inverse: Expression | undefined): void {
  const { method, target } = association;
  const back = textOf(inverse) ?? textOf(valueAt(inverse, "as"));
  if (back === undefined || method === "belongsToMany") return;
  const isForward = method === "belongsTo";
  target.associations.push({ ...association, method: isForward ? (textOf(valueAt(inverse, "type")) === "hasOne" ? "hasOne" : "hasMany") : "belongsTo", target: source, as: back, singular: isForward ? singularize(back) : back });
}

function keyOf(model: ModelDraft): string {
  return [...model.attributes.values()].find((each) => each.primaryKey)?.name ?? "id";
}

function keyName(expression: Expression | undefined): string | undefined {
  return textOf(expression) ?? textOf(valueAt(expression, "name")) ?? textOf(valueAt(expression, "fieldName"));
}

/** `as` and the word for one of them. */
function namesOf(target: ModelDraft, method: AssociationMethod, as: Expression | undefined): { readonly as: string; readonly singular: string } {
  const isMany = method === "hasMany" || method === "belongsToMany";
  const given = textOf(as) ?? textOf(valueAt(as, "plural"));
  const one = target.options.singular ?? singularize(target.name);
  if (given !== undefined) return { as: isMany ? given : textOf(as) ?? given, singular: isMany ? textOf(valueAt(as, "singular")) ?? singularize(given) : given };
  return isMany ? { as: target.options.plural ?? pluralize(target.name), singular: one } : { as: one, singular: one };
}
