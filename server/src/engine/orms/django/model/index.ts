import type { Call, Expression } from "../../../facts";
import type { Deployment, Entity, FrameworkModel, ProjectAdapter, ProjectCore, Registration } from "../../../project";
import { entriesOf } from "../routes/entry-points";
import { djangoDeployments } from "../deployment";
import { Apps } from "./apps";
import type { ModelDraft } from "./drafts";
import { databaseEngine } from "./engine";
import { createEntity, createThroughEntity } from "./entities";
import { ExpressionReader } from "./expressions";
import { FieldTypes } from "./field-types";
import { FieldReader } from "./fields";
import { tableIndexes } from "./indexes";
import { ManagerReader } from "./managers";
import { MetaReader } from "./meta";
import { Models } from "./models";
import { adminRegistrations } from "./registrations";
import { RelationBuilder } from "./relations";
import { DjangoSettings } from "./settings";
import { TemplateLibraries } from "./template-libraries";
import { Templates } from "./templates";
import { packageVersion, requirementFiles, requiresPackage } from "./versions";

/** What Django's declarations make of a project. */
export const djangoProjectAdapter: ProjectAdapter = {
  framework: "django",
  packages: ["django"],
  basesOfCall: basesOfManagerCall,
  link: linkDjango,
};

/** `models.Manager.from_queryset(BookQuerySet)` extends the manager; the queryset's methods are copied onto it. */
function basesOfManagerCall(call: Call): readonly Expression[] | undefined {
  return call.callee.kind === "attribute" && call.callee.name === "from_queryset" ? [call.callee.object] : undefined;
}

function linkDjango(core: ProjectCore): FrameworkModel {
  const reader = new ExpressionReader(core);
  const settings = new DjangoSettings(core, reader);
  const metas = new MetaReader(core, reader);
  const fields = new FieldReader(reader, new FieldTypes(core, reader), (name, uri) => settings.string(name, uri));
  const installed = new Set(settings.modules.flatMap((each) => settings.strings("INSTALLED_APPS", each)));
  const apps = new Apps(core, reader, settings);
  const models = new Models(core, reader, apps, metas, fields, installed);
  const managers = new ManagerReader(core, reader, metas);
  const requirements = requirementFiles(core.resources);
  const engine = databaseEngine(settings, reader, requirements);
  const userModel = createUserModel(core, models, settings);
  const relations = new RelationBuilder(core, models, metas, userModel);
  relations.build();

  const idType = settings.string("DEFAULT_AUTO_FIELD")?.split(".").at(-1) ?? "AutoField";
  for (const draft of models.drafts) if (draft.table === draft) draft.indexes.push(...tableIndexes(draft, metas, engine));
  const entities: Entity[] = [];
  const byDraft = new Map<ModelDraft, Entity>();
  for (const draft of models.drafts) {
    const entity = createEntity(draft, metas, managers, idType);
    entities.push(entity);
    byDraft.set(draft, entity);
    if (draft.abstract || draft.table !== draft) continue;
    for (const field of draft.fields.values()) {
      if (field.type.form !== "many-to-many" || field.through) continue;
      const target = relations.resolve(field.target, draft, field.declaredAt?.uri);
      if (target) entities.push(createThroughEntity(draft, field, target, idType));
    }
  }
  const byClass = new Map(entities.flatMap((each) => (each.class ? [[each.class.key, each] as const] : [])));
  /** The model that an expression at module level names: its class, or `get_user_model()`. */
  const entityNamed = (uri: string, expression: Expression): Entity | undefined => {
    if (expression.kind === "call") {
      const symbol = core.resolveExpression(uri, expression.callee);
      const user = symbol?.kind === "external" && symbol.name === "django.contrib.auth.get_user_model" ? userModel(uri) : undefined;
      return user && byDraft.get(user);
    }
    const symbol = core.resolveExpression(uri, expression);
    const target = symbol && core.followAliases(symbol);
    if (target?.kind === "value" && target.value.value?.kind === "call") return entityNamed(target.uri, target.value.value);
    if (target?.kind === "class") return byClass.get(target.class.key);
    const draft = target?.kind === "external" ? models.ofExternal(target.name) : undefined;
    return draft && byDraft.get(draft);
  };
  const templates = new Templates(core, settings, apps, reader);
  const libraries = new TemplateLibraries(core, reader, settings, apps, templates);
  let registrations: readonly Registration[] | undefined;
  const versions = new Map<string, readonly [number, number] | undefined>();
  let deployments: ReadonlyMap<string, Deployment> | undefined;
  return {
    entities,
    entityOfExternal: (name) => {
      const draft = models.ofExternal(name);
      return draft && byDraft.get(draft);
    },
    setting: (name) => settings.value(name),
    engine,
    // Names of this link, so that places are those of the present texts; of the settings only texts are read.
    entries: (project) => entriesOf(project, new ExpressionReader(project), settings),
    version: (name) => {
      const key = name.toLowerCase();
      if (!versions.has(key)) versions.set(key, packageVersion(requirements, name));
      return versions.get(key);
    },
    registrations: () => (registrations ??= adminRegistrations(core, entityNamed)),
    template: (name, from) => templates.find(name, from),
    templateFunction: (kind, name, loads, from) => libraries.find(kind, name, loads, from),
    requires: (name) => requiresPackage(requirements, name),
    deployment: (uri) => (deployments ??= djangoDeployments(core, settings, requirements)).get(uri),
  };
}

/** The model that `settings.AUTH_USER_MODEL` names, per project. */
function createUserModel(core: ProjectCore, models: Models, settings: DjangoSettings): (uri: string | undefined) => ModelDraft | undefined {
  const builtin = models.named("auth", "User", undefined);
  const bySettings = new Map<string, ModelDraft | undefined>();
  const find = (uri: string | undefined): ModelDraft | undefined => {
    const [app, name] = (settings.string("AUTH_USER_MODEL", uri) ?? "").split(".");
    const named = name === undefined ? undefined : models.named(app, name, settings.moduleFor(uri ?? "")?.uri);
    if (named) return named;
    if (name === undefined && settings.value("AUTH_USER_MODEL", uri) === undefined && settings.modules.length > 0) return builtin;
    // No settings to read: a single model made to be the user can only be there to be it.
    const custom = models.drafts.filter((each) => each.ref && !each.abstract && !each.proxy
      && each.lineage.some((base) => base.builtin?.abstract && (base.builtin.name === "AbstractBaseUser" || base.builtin.name === "AbstractUser"))
      && !/\/(tests?|testing|examples?)\//.test(core.path(each.ref.uri)));
    return custom.length === 1 ? custom[0] : builtin;
  };
  return (uri) => {
    const key = (uri === undefined ? settings.modules[0] : settings.moduleFor(uri))?.uri ?? "";
    if (!bySettings.has(key)) bySettings.set(key, find(uri));
    return bySettings.get(key);
  };
}
