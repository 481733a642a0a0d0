import type { AttributeDeclaration, Call, Expression } from "../../../facts";
import type { ClassRef } from "../../../project";
import type { FieldDraft, Target } from "./drafts";
import { calleeName, keyword, lastName, positional, type ExpressionReader, type Scope } from "./expressions";
import type { FieldType, FieldTypes } from "./field-types";

const relationForms = new Set(["foreign-key", "one-to-one", "many-to-many"]);

/** Reads the fields that a class body declares. */
export class FieldReader {
  private readonly drafts = new Map<string, readonly FieldDraft[]>();

  constructor(private readonly reader: ExpressionReader, readonly types: FieldTypes, private readonly settingString: (name: string, uri: string) => string | undefined) {}

  /** The fields in a class's own body, in order; a name given twice counts once, with its last value. */
  own(ref: ClassRef): readonly FieldDraft[] {
    let drafts = this.drafts.get(ref.key);
    if (!drafts) {
      const byName = new Map<string, FieldDraft>();
      for (const attribute of ref.declaration.attributes) {
        const draft = this.read(ref, attribute);
        byName.delete(attribute.name);
        if (draft) byName.set(attribute.name, draft);
      }
      this.drafts.set(ref.key, (drafts = [...byName.values()]));
    }
    return drafts;
  }

  private read(ref: ClassRef, attribute: AttributeDeclaration): FieldDraft | undefined {
    const call = attribute.value;
    if (call?.kind !== "call") return undefined;
    const scope: Scope = { uri: ref.uri, class: ref };
    const type = this.types.of(scope, call);
    if (!type) return undefined;
    const option = (name: string): Expression | undefined => keyword(call, name) ?? (type.preset?.kind === "call" ? keyword(type.preset, name) : undefined);
    const flag = (name: string): boolean | undefined => this.reader.boolean(scope, option(name));
    const text = (name: string): string | undefined => {
      const value = option(name);
      return value && this.reader.string(scope, value);
    };
    const choices = option("choices");
    const through = option("through");
    const throughFields = option("through_fields");
    const isRelation = type.form !== undefined && relationForms.has(type.form);
    return {
      name: attribute.name,
      type,
      column: text("db_column"),
      nullable: flag("null") ?? /^(NullBooleanField)$/.test(type.name),
      unique: flag("unique") ?? false,
      primaryKey: flag("primary_key") ?? false,
      dbIndex: flag("db_index"),
      hasChoices: choices !== undefined && !(choices.kind === "literal" && choices.value === null),
      choices: choices && this.countChoices(scope, choices),
      maxLength: this.reader.number(scope, option("max_length")),
      declaredAt: { uri: ref.uri, span: { start: attribute.nameStart, end: attribute.nameEnd } },
      call: { uri: ref.uri, expression: call },
      target: this.readTarget(scope, type, call, option),
      relatedName: isRelation ? text("related_name") : undefined,
      relatedQueryName: text("related_query_name"),
      hasUnreadableNames: isRelation && ["related_name", "related_query_name"].some((each) => isUnreadable(option(each), text(each))),
      through: through ? this.target(scope, through) : type.through === undefined ? undefined : { kind: "name", name: type.through },
      throughFields: throughFields && this.reader.strings(scope, throughFields),
      symmetrical: flag("symmetrical"),
      isParentLink: flag("parent_link") ?? false,
      ...this.genericColumns(scope, type, call),
    };
  }

  private genericColumns(scope: Scope, type: FieldType, call: Call): { contentTypeField?: string; objectIdField?: string } {
    const isForeignKey = type.form === "generic-foreign-key";
    if (!isForeignKey && type.form !== "generic-relation") return {};
    const read = (name: string, index: number, fallback: string): string => {
      const value = keyword(call, name) ?? (index < 0 ? undefined : positional(call, index));
      return (value && this.reader.string(scope, value)) ?? fallback;
    };
    // GenericForeignKey(ct_field="content_type", fk_field="object_id"); GenericRelation(to, object_id_field=…, content_type_field=…)
    return isForeignKey
      ? { contentTypeField: read("ct_field", 0, "content_type"), objectIdField: read("fk_field", 1, "object_id") }
      : { contentTypeField: read("content_type_field", -1, "content_type"), objectIdField: read("object_id_field", -1, "object_id") };
  }

  private readTarget(scope: Scope, type: FieldType, call: Call, option: (name: string) => Expression | undefined): Target | undefined {
    if (!type.form || type.form === "generic-foreign-key") return undefined;
    if (type.target !== undefined && type.through === undefined) return type.target === "settings.AUTH_USER_MODEL" ? { kind: "user" } : { kind: "name", name: type.target };
    // `TaggableManager(through=BookTag)`: the tags are what `tag` of the through model leads to.
    if (type.through !== undefined) return type.target === undefined ? undefined : { kind: "name", name: type.target };
    const to = option("to") ?? positional(call, 0) ?? (type.preset?.kind === "call" ? positional(type.preset, 1) : undefined);
    return to && this.target(scope, to);
  }

  /** What a class reference, a string or a way to name the user model leads to. */
  target(scope: Scope, expression: Expression, depth = 0): Target | undefined {
    if (depth > 10) return undefined;
    if (isUserModel(expression)) return { kind: "user" };
    switch (expression.kind) {
      case "literal":
        return typeof expression.value === "string" ? nameTarget(expression.value) : undefined;
      case "call": {
        const name = calleeName(expression);
        if (name === "get_model" || name === "get_model_name" || name === "get_registered_model") {
          const first = positional(expression, 0);
          const second = positional(expression, 1);
          const app = first && this.reader.string(scope, first);
          const model = second && this.reader.string(scope, second);
          return app === undefined ? undefined : nameTarget(model === undefined ? app : `${app}.${model}`);
        }
        if (name === "getattr" && positional(expression, 2)) return this.target(scope, positional(expression, 2)!, depth + 1);
        // `lazy(…)`, `str(…)` and other wrappers of one name
        return /^(str|lazy|get_setting|SimpleLazyObject)$/.test(name) && expression.arguments.length === 1 ? this.target(scope, expression.arguments[0].value, depth + 1) : undefined;
      }
      case "name":
      case "attribute": {
        const symbol = this.reader.symbol(scope, expression);
        if (symbol?.kind === "class") return { kind: "class", class: symbol.class };
        if (symbol?.kind === "external") {
          if (/^django\.conf\.settings\./.test(symbol.name)) {
            const value = this.settingString(symbol.name.slice("django.conf.settings.".length), scope.uri);
            return value === undefined ? undefined : nameTarget(value);
          }
          return { kind: "external", name: symbol.name };
        }
        const found = this.reader.follow(scope, expression);
        if (found.expression !== expression) return this.target(found.scope, found.expression, depth + 1);
        return undefined;
      }
      case "binary": {
        const name = this.reader.string(scope, expression);
        return name === undefined ? undefined : nameTarget(name);
      }
      case "logical":
        return this.target(scope, expression.right, depth + 1) ?? this.target(scope, expression.left, depth + 1);
      case "conditional":
        return this.target(scope, expression.then, depth + 1) ?? this.target(scope, expression.otherwise, depth + 1);
      default:
        return undefined;
    }
  }

  private countChoices(scope: Scope, choices: Expression): number | undefined {
    // `Status.choices`, of TextChoices: its members are the class attributes.
    if (choices.kind === "attribute" && /^choices$/i.test(choices.name)) {
      const symbol = this.reader.symbol(scope, choices.object);
      if (symbol?.kind === "class") {
        const own = symbol.class.declaration.attributes.find((each) => each.name === choices.name);
        if (!own) return symbol.class.declaration.attributes.filter((each) => each.value && !each.name.startsWith("_")).length || undefined;
      }
    }
    const symbol = choices.kind === "name" || choices.kind === "attribute" ? this.reader.symbol(scope, choices) : undefined;
    // Since Django 5.0 the class itself may be given.
    if (symbol?.kind === "class") return symbol.class.declaration.attributes.filter((each) => each.value && !each.name.startsWith("_")).length || undefined;
    const found = this.reader.follow(scope, choices);
    if (found.expression.kind === "mapping") return found.expression.entries.every((each) => each.key) ? found.expression.entries.length : undefined;
    return this.reader.items(scope, choices)?.length;
  }
}

function isUnreadable(given: Expression | undefined, read: string | undefined): boolean {
  return given !== undefined && read === undefined && !(given.kind === "literal" && given.value === null);
}

function nameTarget(name: string): Target {
  return name === "settings.AUTH_USER_MODEL" ? { kind: "user" } : { kind: "name", name };
}

/** `settings.AUTH_USER_MODEL`, `getattr(settings, "AUTH_USER_MODEL", …)`, `get_user_model()`, `get_user_model_name()`. */
export function isUserModel(expression: Expression): boolean {
  if (expression.kind === "attribute") return expression.name === "AUTH_USER_MODEL";
  if (expression.kind === "name") return expression.name === "AUTH_USER_MODEL";
  if (expression.kind !== "call") return false;
  const name = lastName(expression.callee);
  if (name === "get_user_model" || name === "get_user_model_name") return true;
  const second = positional(expression, 1);
  return name === "getattr" && second?.kind === "literal" && second.value === "AUTH_USER_MODEL";
}
