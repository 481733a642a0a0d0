import type { AttributeDeclaration, ClassDeclaration, Declarations, Expression, FileFacts, FunctionDeclaration } from "../facts";
import type { Location, Span } from "../source";
import type { Deployment } from "./deployment";
import type { GivenParameters } from "./given";

/** What templates call it as. */
export type TemplateFunctionKind = "filter" | "tag" | "test";

/** A function of the workspace that templates call by a name of their own. */
export interface TemplateFunction {
  readonly function: FunctionRef;
  /** What it is registered as: a filter, a tag that gives a value, one whose result is the context of a template, or a compiler of tags that cannot be followed. */
  readonly as: "filter" | "simple-tag" | "inclusion-tag" | "compiler";
  /** The template of an inclusion tag. */
  readonly template?: string;
  /** Its first parameter is the context. */
  readonly takesContext: boolean;
}

/** How well a fact is known. The confidence of a finding is the weakest basis that it used. */
export type Basis = "resolved" | "inferred" | "assumed";

/** Who runs code: decides the severity of what it costs, and whether a response waits for it. */
export type EntryPoint =
  | "request" | "socket" | "middleware" | "context-processor" | "signal" | "task" | "command" | "admin" | "test" | "migration" | "unknown";

/** An address at which requests reach code. */
export interface Route {
  /** In capitals; empty when it is not known which. */
  readonly methods: readonly string[];
  /** As people write it: `/orders/<int:pk>/`. `…` stands for what could not be read. */
  readonly path: string;
  /** Where it is declared. */
  readonly at: Location;
  /** What guards it lets in nobody but administrators, as its name says: `adminProcedure`, `@UseGuards(AdminGuard)`, `app.get("/users", requireAdmin, list)`. */
  readonly forAdministrators?: true;
}

/** A class, function or value of a module, found by name resolution. */
export type Symbol =
  | { readonly kind: "class"; readonly class: ClassRef }
  | { readonly kind: "function"; readonly function: FunctionRef }
  /** A module-level assignment; the last one of that name. */
  | { readonly kind: "value"; readonly uri: string; readonly value: AttributeDeclaration }
  /** A type alias, where no class, function or value has its name; `type A = B` has `B` as annotation. Interfaces and enums are classes. */
  | { readonly kind: "type"; readonly uri: string; readonly type: AttributeDeclaration }
  /** A module of the workspace. */
  | { readonly kind: "module"; readonly uri: string; readonly name: string }
  /**
   * Something outside the workspace, by its full dotted name: `django.db.models.Model`. In TypeScript `<specifier>.<export>` (`typeorm.Repository`, `knex.default`),
   * the specifier alone for a whole module; what a path names where no file is (generated code) goes by that path: `/shop/src/generated/prisma.PrismaClient`.
   */
  | { readonly kind: "external"; readonly name: string };

export interface ClassRef {
  readonly uri: string;
  readonly declaration: ClassDeclaration;
  /** Unique in the project: `<uri>#<class id>`. */
  readonly key: string;
}

export interface FunctionRef {
  readonly uri: string;
  readonly declaration: FunctionDeclaration;
  /** The class it is a method of. */
  readonly owner?: ClassRef;
  /** Unique in the project: `<uri>#<function id>`. */
  readonly key: string;
}

/** One step of a class's method resolution order: a class of the workspace, or the dotted name of one outside it. */
export type Ancestor = { readonly class: ClassRef } | { readonly external: string };

/** A framework was told to use a class for an entity: an admin for a model. */
export interface Registration {
  readonly entity: string;
  /** Absent: the framework's own class. */
  readonly class?: ClassRef;
}

/** A class mapped to a table. */
export interface Entity {
  /** `app_label.ClassName` for Django. */
  readonly key: string;
  readonly name: string;
  readonly framework: string;
  /** The database that its table is in, where the framework says so for each; else the project's. */
  readonly engine?: DatabaseEngine;
  /** All engines that its table may be in, where the same code runs on several. */
  readonly engines?: readonly DatabaseEngine[];
  /** The table's name in the database, where the declaration says it. */
  readonly table?: string;
  /** The class, when it is in the workspace (built-in ones are not). */
  readonly class?: ClassRef;
  /** The class name in its declaration, or that of the value that holds the table. */
  readonly declaredAt?: Location;
  readonly abstract: boolean;
  readonly managed: boolean;
  /** A proxy shares the table, fields and indexes of this entity. */
  readonly proxyOf?: string;
  /** Multi-table parents, nearest first; their fields and relations are in `fields`/`relations` too. */
  readonly parents: readonly string[];
  readonly primaryKey: string;
  /** Concrete columns by field name (a foreign key is here as well as in `relations`). */
  readonly fields: ReadonlyMap<string, Field>;
  /** What an instance has: forward relations by field name, reverse ones by accessor (`book_set`). */
  readonly relations: ReadonlyMap<string, Relation>;
  /** What a lookup path may name: field and relation names, plus reverse relations by their query name. */
  readonly queryNames: ReadonlyMap<string, Field | Relation>;
  readonly indexes: readonly DatabaseIndex[];
  /** `Meta.ordering`, own or inherited: `["-created", "author__name"]`; `unknown` when it could not be read. */
  readonly ordering: readonly string[];
  readonly orderingAt?: Location;
  readonly orderingUnknown: boolean;
  /** Managers by name, inherited ones included; the first one is `_default_manager`. Entities without any have `objects`. */
  readonly managers: ReadonlyMap<string, Manager>;
  readonly defaultManager: string;
  /** A base class or field could not be resolved: names that are not known here may still exist. */
  readonly incomplete: boolean;
  /** Its framework puts rows into tables where no code shows it: forms, serializers, an admin. */
  readonly insertedByFramework?: true;
  /** Its table is what the project's migrations make of it: what its declaration says of indexes does nothing by itself. */
  readonly isMigrated?: true;
  /** The fields whose columns the database compares in every statement on the table: those of row level security. */
  readonly policed?: readonly string[];
  /** Known to stay small whatever the application does (content types, permissions, sites, groups, settings singletons …). */
  readonly small: boolean;
  /** A table nobody declared: that of a many-to-many field without `through`. Its key is `<owner>_<field>`. */
  readonly implicit?: boolean;
  /** `Meta` of its own, for fixes. */
  readonly meta?: ClassDeclaration;
  /** Expressions of its declaration that its adapter evaluates, by name: scopes. */
  readonly sources?: ReadonlyMap<string, { readonly uri: string; readonly expression: Expression }>;
  /** What else its adapter knows of it; holds no places. */
  readonly details?: unknown;
}

export interface Field {
  readonly kind: "field";
  readonly name: string;
  /** The column attribute: `author_id` for a foreign key `author`. */
  readonly column: string;
  /** What the database calls the column, where the declaration says it. */
  readonly stored?: string;
  /** The framework's class name (`CharField`), of the nearest known base for a custom one. */
  readonly type: string;
  /** What its values are, whatever the framework calls it; absent where its type's name says all (Django) or nothing is known. */
  readonly holds?: ColumnContent;
  /** The database's own type, where the code names it: `VarChar`, `citext`. */
  readonly nativeType?: string;
  readonly nullable: boolean;
  readonly unique: boolean;
  readonly primaryKey: boolean;
  /** `db_index`, given or by default (SlugField, ForeignKey). */
  readonly indexed: boolean;
  /** Number of `choices`, when they can be read. */
  readonly choices?: number;
  readonly hasChoices: boolean;
  readonly maxLength?: number;
  /** The entity whose table has the column: a multi-table parent, or the entity itself. */
  readonly entity: string;
  readonly declaredAt?: Location;
  /** The constructor call of the field, for fixes. */
  readonly call?: { readonly uri: string; readonly expression: Expression };
}

/** What a column's values are; "enum": one of a few names; "small-integer": for ratings, positions, flags. */
export type ColumnContent = "text" | "integer" | "small-integer" | "decimal" | "float" | "boolean" | "date" | "datetime" | "uuid" | "json" | "binary" | "enum" | "other";

export type RelationForm =
  | "foreign-key" | "one-to-one" | "many-to-many" | "generic-foreign-key" | "generic-relation"
  | "reverse-foreign-key" | "reverse-one-to-one" | "reverse-many-to-many";

export interface Relation {
  readonly kind: "relation";
  /** The attribute on an instance: field name or reverse accessor. */
  readonly name: string;
  /** What a lookup calls it (`related_query_name`); equals `name` for forward relations. */
  readonly queryName: string;
  readonly form: RelationForm;
  readonly cardinality: "one" | "many";
  /** The entity that has this attribute. */
  readonly owner: string;
  /** The entity it leads to; absent for a generic foreign key and for targets that could not be resolved. */
  readonly target?: string;
  /** The name of the way back, on the target. */
  readonly inverse?: string;
  /** The column attribute of a forward to-one relation: `author_id`. */
  readonly column?: string;
  /** The columns of a forward relation of several, in the order of the key that they refer to. */
  readonly columns?: readonly string[];
  /** What becomes of the rows when the row that they refer to goes, where that is said or known. */
  readonly onDelete?: "cascade" | "set-null" | "restrict";
  /** The database knows nothing of it: there is no foreign key. */
  readonly unconstrained?: true;
  /** The declaration loads it whenever rows of its owner are looked for (TypeORM: `eager: true`). */
  readonly eager?: true;
  /** The property is a promise that asks the database when it is read (TypeORM: lazy relations). */
  readonly lazy?: true;
  readonly nullable: boolean;
  /** The entity of a many-to-many table that the user declared. */
  readonly through?: string;
  readonly declaredAt?: Location;
}

export interface IndexColumn {
  /** Field name, or absent for an expression. */
  readonly field?: string;
  /** An expression in normal form: `Upper(email)`, `Lower(email)`, `Cast(…)`; unreadable ones are "?". */
  readonly expression?: string;
  readonly descending: boolean;
  /** `gin_trgm_ops`, `varchar_pattern_ops`, … */
  readonly opclass?: string;
  /** Only so many characters of the column are in the index (MySQL). */
  readonly length?: number;
}

export interface DatabaseIndex {
  readonly name?: string;
  readonly columns: readonly IndexColumn[];
  readonly unique: boolean;
  readonly method: "btree" | "gin" | "gist" | "hash" | "brin" | "other";
  /** A partial index serves only queries with the same condition. */
  readonly partial: boolean;
  readonly include: readonly string[];
  /** What made it. "pattern": the additional `varchar_pattern_ops` index that Django gives indexed text columns on PostgreSQL. */
  readonly source: "primary-key" | "unique" | "db-index" | "foreign-key" | "pattern" | "meta-index" | "constraint" | "unique-together" | "index-together" | "many-to-many";
  readonly declaredAt?: Location;
  /** Only a migration speaks of it. */
  readonly isMigrated?: true;
  /** The declaration's expression, for fixes: the `Index(…)` call, the tuple, or the field's call. */
  readonly declaration?: { readonly uri: string; readonly expression: Expression };
}

/** Stands for indexes that nothing here speaks of. */
export const UNSEEN_INDEX: DatabaseIndex = { columns: [{ expression: "?", descending: false }], unique: false, method: "btree", partial: false, include: [], source: "meta-index" };

export interface Manager {
  readonly name: string;
  /** The manager class, when it is in the workspace. */
  readonly class?: ClassRef;
  /** The queryset class behind `as_manager()`, `from_queryset()` or the manager's `_queryset_class`. */
  readonly queryset?: ClassRef;
  /** Some class behind it is neither known nor in the workspace: unknown methods may do anything. */
  readonly opaque: boolean;
  readonly declaredAt?: Location;
}

/** Which database the project runs on; "unknown" keeps engine-specific advice out. */
export type DatabaseEngine = "postgresql" | "mysql" | "sqlite" | "oracle" | "sqlserver" | "cockroachdb" | "mongodb" | "unknown";

/** The linked project. Sees facts only. All look-ups are recorded as dependencies of the file being checked, misses included. */
export interface ProjectModel {
  /** Reading these is recorded by nobody: what another file says is asked for by the methods below. */
  readonly files: ReadonlyMap<string, FileFacts>;
  /** All that a file declares. */
  declarationsOf(uri: string): Declarations | undefined;
  /** The files of Prisma schemas. */
  readonly schemaFiles: readonly FileFacts[];
  /** The module-level name `name` as seen in file `uri`: own definitions, imports (followed to their definition, re-exports and `*` included). */
  resolveName(uri: string, name: string): Symbol | undefined;
  /** `name` inside the module or class that a symbol stands for; external ones give a longer external name. */
  resolveMember(symbol: Symbol, name: string): Symbol | undefined;
  /** A dotted expression (`models.Model`, `self` excluded) as seen at module level of `uri`; also a name where a type stands. */
  resolveExpression(uri: string, expression: Expression): Symbol | undefined;
  /** An import statement inside a function, `import("./x")`, `require("./x")`: what its local name stands for; of scripts the level is 0. */
  resolveImport(uri: string, module: string, level: number, name?: string): Symbol | undefined;
  /** A dotted module path: `shop.models`. */
  module(name: string): { readonly uri: string } | undefined;
  /** C3 order, the class itself first; bases that cannot be resolved are external "?". */
  ancestors(ref: ClassRef): readonly Ancestor[];
  /** Whether the class or one of its ancestors is one of these dotted names (external) . */
  inheritsFrom(ref: ClassRef, ...externalNames: string[]): boolean;
  /** The method that `instance.name` calls, with the class that defines it; `after`: start behind that class, as `super()` does. */
  method(ref: ClassRef, name: string, after?: ClassRef): FunctionRef | undefined;
  /** The class attribute, with the file it stands in. */
  attribute(ref: ClassRef, name: string, after?: ClassRef): { readonly uri: string; readonly attribute: AttributeDeclaration; readonly owner: ClassRef } | undefined;
  nestedClass(ref: ClassRef, name: string): ClassRef | undefined;
  /** The one class that does what an interface or an abstract class promises; undefined where there are several, or nothing is left to do. */
  implementer(ref: ClassRef): ClassRef | undefined;
  /** The one class that handles the commands or queries of this one. */
  handler(ref: ClassRef): ClassRef | undefined;
  /** The class that directly contains a method, by function key. */
  readonly entities: ReadonlyMap<string, Entity>;
  entity(key: string): Entity | undefined;
  /** The entities that are declared in a file without a class: those of a schema, tables that a call makes. */
  entitiesIn(uri: string): readonly Entity[];
  entityOfClass(ref: ClassRef): Entity | undefined;
  /** An entity outside the workspace by its class's dotted name (`django.contrib.auth.models.User`, re-exports included). */
  entityOfExternal(name: string): Entity | undefined;
  relation(entity: string, name: string): Relation | undefined;
  /** A value of the deployed settings, as an expression with the file it stands in. */
  setting(name: string): { readonly uri: string; readonly expression: Expression } | undefined;
  readonly engine: DatabaseEngine;
  /** The database that an entity's table is in. */
  engineOf(entity: Entity): DatabaseEngine;
  /** `[major, minor]` of a framework, from requirement and lock files; undefined when unknown. */
  version(packageName: string): readonly [number, number] | undefined;
  /** The same for the code of one file: packages of a monorepo may have versions of their own. */
  versionFor(uri: string, packageName: string): readonly [number, number] | undefined;
  /** The file of the workspace that a template name leads to, seen from a file: a relative name counts from it, and its project comes first. */
  template(name: string, from?: string): string | undefined;
  /** The function of the workspace behind a filter, tag or test of a template; Jinja's global functions are tags. */
  templateFunction(kind: TemplateFunctionKind, name: string, loads: readonly string[], from?: string): TemplateFunction | undefined;
  /** The entities that a class was registered for, in order: the models of an admin. */
  registeredFor(ref: ClassRef): readonly string[];
  /** What was registered for an entity. */
  registrations(entity: string): readonly Registration[];
  /** Who runs a function (`<uri>#<id>`), a class, or a module (`<uri>#`): by itself, or else by its callers. */
  entryOf(key: string): EntryPoint;
  /** Whether only administrators get to a function of a script: guards in front of all addresses that surely lead to it, or these addresses, say so. */
  isForAdministrators(key: string): boolean;
  /** Whether a framework runs a function once per row, and which of its parameters is the row. */
  runsPerRow(key: string): { readonly parent: number } | undefined;
  /** What all callers of a script's function give for its parameters, in order; empty where they are not all known. */
  given(key: string): GivenParameters;
  /** Whether nothing runs a function of a script, as far as code was read: neither other code, tests aside, nor a framework. False for all where no entry point is known. */
  isUncalled(key: string): boolean;
  /** Whether something starts it by itself, and not only its callers. */
  isEntryPoint(key: string): boolean;
  /** The addresses whose requests reach a function, itself or by its callers, the nearest first; of a class those that lead to it and not to one that extends it. */
  routesOf(key: string): readonly Route[];
  /** Whether some requirement or lock file names the package. */
  requires(packageName: string): boolean;
  /** How the application is deployed whose settings are this module; undefined for every other file. */
  deployment(settingsUri: string): Deployment | undefined;
  /** The function of this key (`<uri>#<id>`). */
  functionByKey(key: string): FunctionRef | undefined;
}

/** Equality of spans that may be absent; for tests and merging. */
export type { Location, Span };
