import type { ClassDeclaration, Expression, Statement } from "../../../facts";
import { forEachStatement, pathOfUri, sharedDepth, type ClassRef, type ProjectCore } from "../../../project";
import { attributesOf, decoratedAttribute } from "./attributes";
import { modelCallsOf, type ModelCall } from "./calls";
import { placeOf, type ModelDraft, type Options } from "./drafts";
import { underscore } from "./naming";
import { argument, bare, flagOf, hasSpread, lastNameOf, textOf, valueAt, type Placed, type Reader } from "./reading";
import { typeNamed, type ColumnType } from "./types";

/** What a model extends: the class of Sequelize 6 and 7, and of sequelize-typescript. */
const ROOT = /^(@sequelize\/core|sequelize|sequelize-typescript)(\.\w+)*\.Model$/;

export function isModelRoot(name: string): boolean {
  return ROOT.test(name);
}

const DEFAULTS: Options = { freezeTableName: false, underscored: false, timestamps: true, paranoid: false };

/** Finds the models of a project, with what their own declarations say; associations are read when all are known. */
export class Models {
  readonly drafts: ModelDraft[] = [];
  private readonly byClass = new Map<string, ModelDraft>();
  private readonly byKey = new Map<string, ModelDraft>();
  private readonly byName = new Map<string, ModelDraft[]>();
  /** Names that functions bind to models, by file. */
  private readonly locals = new Map<string, Map<string, ModelDraft>>();
  /** `init` by the key of the class. */
  private readonly inits = new Map<string, { readonly uri: string; readonly call: ModelCall }>();
  private readonly defaults: Options;

  constructor(private readonly core: ProjectCore, private readonly reader: Reader, uris: readonly string[], defineOptions: Placed | undefined) {
    this.defaults = defineOptions ? this.optionsOf(defineOptions, DEFAULTS) : DEFAULTS;
    const classes = uris.flatMap((uri) => this.classesIn(uri).map((declaration) => core.classRef(uri, declaration))).filter((each) => this.isModel(each));
    const models = new Set(classes.map(({ key }) => key));
    for (const uri of uris) for (const each of modelCallsOf(core.files.get(uri)!)) if (each.method === "init") this.noteInit(uri, each, models);
    for (const each of classes) this.addClass(each, classes);
    for (const uri of uris) for (const each of modelCallsOf(core.files.get(uri)!)) if (each.method === "define") this.addDefined(uri, each);
  }

  ofClass(key: string): ModelDraft | undefined {
    return this.byClass.get(key);
  }

  /** The model of this name; of several the one that lies nearest. */
  named(name: string, from: string): ModelDraft | undefined {
    const candidates = this.byName.get(name) ?? [];
    if (candidates.length < 2) return candidates[0];
    const depths = candidates.map(({ uri }) => sharedDepth(pathOfUri(uri), pathOfUri(from)));
    return candidates[depths.indexOf(Math.max(...depths))];
  }

  /** The model that an expression inside a function (or the module, "") names. */
  at(uri: string, functionId: string, expression: Expression): ModelDraft | undefined {
    const inner = bare(expression);
    switch (inner.kind) {
      case "name": {
        if (inner.name === "this") return this.ofMethod(uri, functionId);
        return (functionId !== "" ? this.locals.get(uri)?.get(inner.name) : undefined) ?? this.ofSymbol(uri, inner) ?? this.locals.get(uri)?.get(inner.name)
          // `associate = ({ User, Post }) => …`, `const { User } = sequelize.models`.
          ?? (functionId !== "" ? this.named(inner.name, uri) : undefined);
      }
      case "attribute":
        return this.ofSymbol(uri, inner) ?? (/^(models|db|database|sequelize|orm|m|schema|tables)$/i.test(lastNameOf(inner.object)) ? this.named(inner.name, uri) : undefined);
      case "subscript": {
        const name = textOf(inner.index);
        return name !== undefined && /^(models|db)$/i.test(lastNameOf(inner.object)) ? this.named(name, uri) : undefined;
      }
      case "call": {
        const name = lastNameOf(inner) === "model" ? textOf(argument(inner, 0)) : undefined;
        return name !== undefined ? this.named(name, uri) : this.byKey.get(this.keyOfDefine(uri, inner) ?? "");
      }
      case "function": {
        const value = this.reader.returnOf(uri, inner.function);
        return value && this.at(uri, "", value);
      }
      default: return undefined;
    }
  }

  add(draft: ModelDraft): void {
    this.drafts.push(draft);
    this.byKey.set(draft.key, draft);
    if (draft.ref) this.byClass.set(draft.ref.key, draft);
    const named = this.byName.get(draft.name);
    if (draft.abstract) return;
    if (named) named.push(draft);
    else this.byName.set(draft.name, [draft]);
  }

  private ofMethod(uri: string, functionId: string): ModelDraft | undefined {
    for (let dot = functionId.lastIndexOf("."); dot > 0; dot = functionId.lastIndexOf(".", dot - 1)) {
      const found = this.byClass.get(`${uri}#${functionId.slice(0, dot)}`);
      if (found) return found;
    }
    return undefined;
  }

  private ofSymbol(uri: string, expression: Expression): ModelDraft | undefined {
    const symbol = this.core.resolveExpression(uri, expression);
    const target = symbol && this.core.followAliases(symbol);
    if (target?.kind === "class") return this.byClass.get(target.class.key);
    const value = target?.kind === "value" ? target.value.value : undefined;
    const key = value && this.keyOfDefine(target!.kind === "value" ? target!.uri : uri, bare(value));
    return key !== undefined ? this.byKey.get(key) : undefined;
  }

  private keyOfDefine(uri: string, expression: Expression): string | undefined {
    if (expression.kind !== "call" || lastNameOf(expression.callee) !== "define") return undefined;
    const name = textOf(argument(expression, 0));
    return name === undefined ? undefined : `${uri}#${name}`;
  }

  private classesIn(uri: string): readonly ClassDeclaration[] {
    const { declares, bodies } = this.core.files.get(uri)!;
    const found = [...declares.classes];
    for (const [id, statements] of Object.entries(bodies)) {
      if (id !== "") forEachStatement(statements, (statement: Statement) => void (statement.kind === "define-class" && found.push(statement.class)));
    }
    return found;
  }

  private isModel(ref: ClassRef): boolean {
    if (ref.declaration.bases.length === 0 || ref.declaration.form !== undefined) return false;
    return this.core.ancestors(ref).some((each) => "external" in each && isModelRoot(each.external)) || ref.declaration.bases.some(isModelOfParameter);
  }

  private noteInit(uri: string, init: ModelCall, models: ReadonlySet<string>): void {
    const { receiver, functionId } = init;
    const key = receiver.kind === "name" && (receiver.name === "this" || receiver.name === "super") || receiver.kind === "call" ? functionId.slice(0, functionId.lastIndexOf("."))
      : receiver.kind === "name" ? this.classNamed(uri, functionId, receiver) : undefined;
    const full = key === undefined ? undefined : key.includes("#") ? key : `${uri}#${key}`;
    if (full !== undefined && models.has(full)) this.inits.set(full, { uri, call: init });
  }

  /** The key of the class that a name means: one of the function around it, or of the module. */
  private classNamed(uri: string, functionId: string, name: Expression & { readonly kind: "name" }): string | undefined {
    if (functionId !== "") {
      const local = this.classesIn(uri).find((each) => each.name === name.name && each.id.startsWith(`${functionId}.`));
      if (local) return `${uri}#${local.id}`;
    }
    const symbol = this.core.resolveExpression(uri, name);
    return symbol?.kind === "class" ? symbol.class.key : undefined;
  }

  private addClass(ref: ClassRef, all: readonly ClassRef[]): void {
    const { uri, declaration } = ref;
    const init = this.inits.get(ref.key);
    const table = declaration.decorators.find((each) => lastNameOf(each) === "Table");
    const hasOwnColumns = declaration.attributes.some((each) => each.decorators?.some((decorator) => /^(Column|Attribute)$/.test(lastNameOf(decorator))));
    const isBase = all.some((other) => other !== ref && this.core.ancestors(other).some((each) => "class" in each && each.class.key === ref.key));
    const isAbstract = !init && !table && (isBase || !hasOwnColumns);
    const tableArgument = table?.kind === "call" ? argument(table, 0) : undefined;
    const optionsAt: Placed | undefined = init ? { uri: init.uri, expression: argument(init.call.call, 1)! } : tableArgument && textOf(tableArgument) === undefined ? { uri, expression: tableArgument } : undefined;
    const own = tableArgument && textOf(tableArgument) !== undefined ? { ...this.defaults, tableName: textOf(tableArgument) } : undefined;
    const options = own ?? (optionsAt ? this.optionsOf(optionsAt, this.defaults) : this.defaults);
    const given = optionsAt && this.reader.follow(optionsAt).expression;
    const draft = this.draft({
      key: ref.key, name: textOf(valueAt(given, "modelName")) ?? declaration.name, uri, ref, declaration, call: init?.call.call ?? (table?.kind === "call" ? table : undefined),
      declaredAt: { uri, span: { start: declaration.nameStart, end: declaration.nameEnd } }, abstract: isAbstract, optionsAt, options,
    });
    const attributes = init ? attributesOf(this.reader, { uri: init.uri, expression: argument(init.call.call, 0)! }, options) : undefined;
    for (const each of attributes?.attributes ?? []) draft.attributes.set(each.name, each);
    if (attributes?.complete === false) draft.incomplete = true;
    this.readDecorators(draft, ref);
    this.finish(draft, given);
    this.add(draft);
    if (declaration.id.includes(".")) this.bind(uri, declaration.name, draft);
  }

  /** Columns, hooks and scopes that decorators declare, those of bases first. */
  private readDecorators(draft: ModelDraft, ref: ClassRef): void {
    for (const ancestor of [...this.core.ancestors(ref)].reverse()) {
      if ("external" in ancestor) {
        if (ancestor.external === "?") draft.incomplete = true;
        continue;
      }
      const { uri, declaration } = ancestor.class;
      for (const property of declaration.attributes) {
        const attribute = decoratedAttribute(this.reader, uri, property, draft.options);
        if (attribute) draft.attributes.set(attribute.name, attribute);
      }
      for (const method of declaration.methods) for (const each of method.decorators) if (/^(Before|After)(Create|Update|Save|Upsert|Destroy|Validate|Restore)$/.test(lastNameOf(each))) draft.hooks.add(lastNameOf(each).replace(/^./, (first) => first.toLowerCase()));
      for (const decorator of declaration.decorators) {
        const given = decorator.kind === "call" ? argument(decorator, 0) : undefined;
        if (!given) continue;
        if (lastNameOf(decorator) === "DefaultScope") draft.scopes.set("", { uri, expression: given });
        if (lastNameOf(decorator) === "Scopes") this.readScopes(draft, this.reader.given({ uri, expression: given }));
      }
    }
  }

  private readScopes(draft: ModelDraft, { uri, expression }: Placed): void {
    const followed = this.reader.follow({ uri, expression });
    if (followed.expression.kind !== "mapping") return;
    for (const { key, value } of followed.expression.entries) if (key?.kind === "literal") draft.scopes.set(String(key.value), { uri: followed.uri, expression: value });
  }

  private addDefined(uri: string, { call, receiver, target }: ModelCall): void {
    const name = textOf(argument(call, 0));
    if (name === undefined || !/sequelize|^(db|database|connection|conn|orm|sql)$/i.test(lastNameOf(receiver))) return;
    const given = argument(call, 2);
    const optionsAt = given && { uri, expression: given };
    const options = optionsAt ? this.optionsOf(optionsAt, this.defaults) : this.defaults;
    const draft = this.draft({ key: `${uri}#${name}`, name, uri, call, declaredAt: placeOf(uri, call.arguments[0].value), abstract: false, optionsAt, options });
    if (this.byKey.has(draft.key)) return;
    const { attributes, complete } = attributesOf(this.reader, { uri, expression: argument(call, 1)! }, options);
    for (const each of attributes) draft.attributes.set(each.name, each);
    draft.incomplete = !complete;
    this.finish(draft, given && this.reader.follow({ uri, expression: given }).expression);
    this.add(draft);
    if (target?.kind === "name") this.bind(uri, target.name, draft);
  }

  private bind(uri: string, name: string, draft: ModelDraft): void {
    const names = this.locals.get(uri);
    if (names) names.set(name, draft);
    else this.locals.set(uri, new Map([[name, draft]]));
  }

  private draft(known: Pick<ModelDraft, "key" | "name" | "uri" | "ref" | "declaration" | "call" | "declaredAt" | "abstract" | "optionsAt" | "options">): ModelDraft {
    return { ...known, attributes: new Map(), associations: [], indexes: [], scopes: new Map(), hooks: new Set(), assigned: new Map(), incomplete: false };
  }

  /** What the options add: hooks, scopes, times, the key. */
  private finish(draft: ModelDraft, given: Expression | undefined): void {
    const { uri, options } = draft;
    const at = draft.optionsAt?.uri ?? uri;
    const hooks = valueAt(given, "hooks");
    if (hooks?.kind === "mapping") for (const { key } of hooks.entries) if (key?.kind === "literal") draft.hooks.add(String(key.value));
    const scopes = valueAt(given, "scopes");
    if (scopes) this.readScopes(draft, { uri: at, expression: scopes });
    const defaultScope = valueAt(given, "defaultScope");
    if (defaultScope) draft.scopes.set("", { uri: at, expression: defaultScope });
    if (draft.abstract) return;
    const implied = (name: string, type: ColumnType, more: { readonly primaryKey?: boolean } = {}): void => {
      if (draft.attributes.has(name)) return;
      draft.attributes.set(name, {
        name, column: options.underscored ? underscore(name) : name, type: type.name, holds: type.holds, nullable: false, unique: false, primaryKey: false, ...more,
        declaredAt: draft.declaredAt, declaration: { uri, expression: draft.call ?? { kind: "literal", value: null, start: draft.declaredAt.span.start, end: draft.declaredAt.span.end } }, isImplied: true,
      });
    };
    if (![...draft.attributes.values()].some((each) => each.primaryKey) && !removesKey(given)) implied("id", typeNamed("INTEGER"), { primaryKey: true });
    if (!options.timestamps) return;
    const names = ["createdAt", "updatedAt", ...(options.paranoid ? ["deletedAt"] : [])];
    for (const name of names) {
      const other = valueAt(given, name);
      if (flagOf(other) !== false) implied(textOf(other) ?? name, typeNamed("DATE"));
    }
  }

  private optionsOf(placed: Placed, defaults: Options): Options {
    const { uri, expression } = this.reader.follow(placed);
    if (expression.kind !== "mapping") return defaults;
    let base = defaults;
    if (hasSpread(expression)) for (const { key, value } of expression.entries) if (!key) base = this.optionsOf({ uri, expression: value }, base);
    const name = valueAt(expression, "name");
    const text = (key: string): string | undefined => {
      const value = valueAt(expression, key);
      return value && textOf(this.reader.follow({ uri, expression: value }).expression);
    };
    return {
      tableName: text("tableName") ?? base.tableName,
      freezeTableName: flagOf(valueAt(expression, "freezeTableName")) ?? base.freezeTableName,
      underscored: flagOf(valueAt(expression, "underscored")) ?? base.underscored,
      timestamps: flagOf(valueAt(expression, "timestamps")) ?? base.timestamps,
      paranoid: flagOf(valueAt(expression, "paranoid")) ?? base.paranoid,
      singular: textOf(valueAt(name, "singular")) ?? base.singular,
      plural: textOf(valueAt(name, "plural")) ?? base.plural,
    };
  }
}

/** `class User extends Sequelize.Model` in a function that is handed `Sequelize`. */
function isModelOfParameter(base: Expression): boolean {
  const inner = base.kind === "subscript" ? base.object : base;
  return inner.kind === "attribute" && inner.name === "Model" && /^sequelize$/i.test(lastNameOf(inner.object));
}

/** `noPrimaryKey: true` of version 7. */
function removesKey(given: Expression | undefined): boolean {
  return flagOf(valueAt(given, "noPrimaryKey")) === true;
}
