import type { Manager } from "../../../project";
import type { BuiltinModel, FieldDraft, Target } from "./drafts";
import { externalFieldType, type FieldType } from "./field-types";

interface FieldOptions {
  readonly nullable?: boolean;
  readonly unique?: boolean;
  readonly primaryKey?: boolean;
  readonly index?: boolean;
  readonly maxLength?: number;
  readonly relatedName?: string;
  readonly relatedQueryName?: string;
  readonly through?: string;
  readonly contentTypeField?: string;
  readonly objectIdField?: string;
}

interface ModelOptions {
  readonly abstract?: boolean;
  readonly bases?: readonly string[];
  readonly ordering?: readonly string[];
  readonly uniqueTogether?: readonly (readonly string[])[];
  readonly managers?: readonly string[];
  readonly small?: boolean;
  readonly incomplete?: boolean;
  readonly proxy?: boolean;
}

function field(typeName: string, options: FieldOptions & { target?: Target }): Omit<FieldDraft, "name"> {
  const type: FieldType = externalFieldType(`django.db.models.${typeName}`) ?? { name: typeName };
  return {
    type,
    nullable: options.nullable ?? false,
    unique: options.unique ?? false,
    primaryKey: options.primaryKey ?? false,
    dbIndex: options.index,
    hasChoices: false,
    maxLength: options.maxLength,
    target: options.target,
    relatedName: options.relatedName,
    relatedQueryName: options.relatedQueryName,
    through: options.through === undefined ? undefined : { kind: "name", name: options.through },
    contentTypeField: options.contentTypeField,
    objectIdField: options.objectIdField,
  };
}

function targetOf(name: string): Target {
  return name === "settings.AUTH_USER_MODEL" ? { kind: "user" } : { kind: "name", name };
}

const char = (maxLength: number, options: FieldOptions = {}) => field("CharField", { maxLength, ...options });
const column = (type: string, options: FieldOptions = {}) => field(type, options);
const key = (target: string, options: FieldOptions = {}) => field("ForeignKey", { ...options, target: targetOf(target) });
const one = (target: string, options: FieldOptions = {}) => field("OneToOneField", { ...options, target: targetOf(target) });
const many = (target: string, options: FieldOptions = {}) => field("ManyToManyField", { ...options, target: targetOf(target) });

function model(packageName: string, label: string, name: string, fields: Readonly<Record<string, Omit<FieldDraft, "name">>>, options: ModelOptions = {}): BuiltinModel {
  return {
    package: packageName,
    label,
    name,
    abstract: options.abstract ?? false,
    bases: options.bases ?? [],
    fields: Object.entries(fields).map(([fieldName, draft]) => ({ ...draft, name: fieldName })),
    ordering: options.ordering ?? [],
    uniqueTogether: options.uniqueTogether ?? [],
    managers: (options.managers ?? []).map((managerName): Manager => ({ name: managerName, opaque: false })),
    small: options.small ?? false,
    incomplete: options.incomplete ?? false,
    proxy: options.proxy ?? false,
  };
}

const auth = "django.contrib.auth";
const user = "settings.AUTH_USER_MODEL";

/** django/contrib at 5.2; fields that were added or removed since 2.2 are left as the newest version has them. */
const contrib: readonly BuiltinModel[] = [
  model("django.contrib.contenttypes", "contenttypes", "ContentType", { app_label: char(100), model: char(100) }, { uniqueTogether: [["app_label", "model"]], managers: ["objects"], small: true }),
  model(auth, "auth", "Permission", { name: char(255), content_type: key("contenttypes.ContentType"), codename: char(100) }, {
    ordering: ["content_type__app_label", "content_type__model", "codename"], uniqueTogether: [["content_type", "codename"]], managers: ["objects"], small: true,
  }),
  model(auth, "auth", "Group", { name: char(150, { unique: true }), permissions: many("auth.Permission") }, { managers: ["objects"], small: true }),
  model(auth, "auth", "AbstractBaseUser", { password: char(128), last_login: column("DateTimeField", { nullable: true }) }, { abstract: true }),
  model(auth, "auth", "PermissionsMixin", {
    is_superuser: column("BooleanField"),
    groups: many("auth.Group", { relatedName: "user_set", relatedQueryName: "user" }),
    user_permissions: many("auth.Permission", { relatedName: "user_set", relatedQueryName: "user" }),
  }, { abstract: true }),
  model(auth, "auth", "AbstractUser", {
    username: char(150, { unique: true }), first_name: char(150), last_name: char(150), email: column("EmailField", { maxLength: 254 }),
    is_staff: column("BooleanField"), is_active: column("BooleanField"), date_joined: column("DateTimeField"),
  }, { abstract: true, bases: ["AbstractBaseUser", "PermissionsMixin"], managers: ["objects"] }),
  model(auth, "auth", "User", {}, { bases: ["AbstractUser"] }),
  model("django.contrib.sessions", "sessions", "AbstractBaseSession", { session_key: char(40, { primaryKey: true }), session_data: column("TextField"), expire_date: column("DateTimeField", { index: true }) }, { abstract: true, managers: ["objects"] }),
  model("django.contrib.sessions", "sessions", "Session", {}, { bases: ["AbstractBaseSession"], managers: ["objects"] }),
  model("django.contrib.sites", "sites", "Site", { domain: char(100, { unique: true }), name: char(50) }, { ordering: ["domain"], managers: ["objects"], small: true }),
  model("django.contrib.admin", "admin", "LogEntry", {
    action_time: column("DateTimeField"), user: key(user), content_type: key("contenttypes.ContentType", { nullable: true }), object_id: column("TextField", { nullable: true }),
    object_repr: char(200), action_flag: column("PositiveSmallIntegerField"), change_message: column("TextField"),
  }, { ordering: ["-action_time"], managers: ["objects"] }),
  model("django.contrib.flatpages", "flatpages", "FlatPage", {
    url: char(100, { index: true }), title: char(200), content: column("TextField"), enable_comments: column("BooleanField"), template_name: char(70),
    registration_required: column("BooleanField"), sites: many("sites.Site"),
  }, { ordering: ["url"], small: true }),
  model("django.contrib.redirects", "redirects", "Redirect", { site: key("sites.Site"), old_path: char(200, { index: true }), new_path: char(200) }, { ordering: ["old_path"], uniqueTogether: [["site", "old_path"]] }),
];

/** Packages whose base classes and targets are common enough to know; from the source of their current releases. */
const thirdParty: readonly BuiltinModel[] = [
  model("taggit", "taggit", "TagBase", { name: char(100, { unique: true }), slug: column("SlugField", { unique: true, maxLength: 100 }) }, { abstract: true }),
  model("taggit", "taggit", "Tag", {}, { bases: ["TagBase"] }),
  model("taggit", "taggit", "ItemBase", {}, { abstract: true }),
  model("taggit", "taggit", "TaggedItemBase", { tag: key("taggit.Tag", { relatedName: "%(app_label)s_%(class)s_items" }) }, { abstract: true, bases: ["ItemBase"] }),
  model("taggit", "taggit", "CommonGenericTaggedItemBase", {
    content_type: key("contenttypes.ContentType", { relatedName: "%(app_label)s_%(class)s_tagged_items" }),
    content_object: field("GenericForeignKey", { contentTypeField: "content_type", objectIdField: "object_id" }),
  }, { abstract: true, bases: ["ItemBase"] }),
  model("taggit", "taggit", "GenericTaggedItemBase", { object_id: column("IntegerField", { index: true }) }, { abstract: true, bases: ["CommonGenericTaggedItemBase"] }),
  model("taggit", "taggit", "GenericUUIDTaggedItemBase", { object_id: column("UUIDField", { index: true }) }, { abstract: true, bases: ["CommonGenericTaggedItemBase"] }),
  model("taggit", "taggit", "TaggedItem", {}, { bases: ["GenericTaggedItemBase", "TaggedItemBase"], uniqueTogether: [["content_type", "object_id", "tag"]] }),
  model("mptt", "mptt", "MPTTModel", { lft: column("PositiveIntegerField"), rght: column("PositiveIntegerField"), tree_id: column("PositiveIntegerField", { index: true }), level: column("PositiveIntegerField") }, { abstract: true, managers: ["objects"] }),
  model("treebeard", "treebeard", "Node", {}, { abstract: true }),
  model("treebeard", "treebeard", "MP_Node", { path: char(255, { unique: true }), depth: column("PositiveIntegerField"), numchild: column("PositiveIntegerField") }, { abstract: true, bases: ["Node"], managers: ["objects"] }),
  model("treebeard", "treebeard", "NS_Node", { lft: column("PositiveIntegerField", { index: true }), rgt: column("PositiveIntegerField", { index: true }), tree_id: column("PositiveIntegerField", { index: true }), depth: column("PositiveIntegerField", { index: true }) }, { abstract: true, bases: ["Node"], managers: ["objects"] }),
  model("treebeard", "treebeard", "AL_Node", {}, { abstract: true, bases: ["Node"], managers: ["objects"] }),
  model("model_utils", "model_utils", "TimeStampedModel", { created: column("DateTimeField"), modified: column("DateTimeField") }, { abstract: true }),
  model("model_utils", "model_utils", "TimeFramedModel", { start: column("DateTimeField", { nullable: true }), end: column("DateTimeField", { nullable: true }) }, { abstract: true }),
  model("model_utils", "model_utils", "StatusModel", { status: char(100), status_changed: column("DateTimeField") }, { abstract: true }),
  model("model_utils", "model_utils", "SoftDeletableModel", { is_removed: column("BooleanField") }, { abstract: true, managers: ["objects", "available_objects", "all_objects"] }),
  model("model_utils", "model_utils", "UUIDModel", { id: column("UUIDField", { primaryKey: true }) }, { abstract: true }),
  model("django_extensions", "django_extensions", "TimeStampedModel", { created: column("DateTimeField"), modified: column("DateTimeField") }, { abstract: true }),
  model("django_extensions", "django_extensions", "TitleDescriptionModel", { title: char(255), description: column("TextField", { nullable: true }) }, { abstract: true }),
  model("django_extensions", "django_extensions", "TitleSlugDescriptionModel", { slug: column("SlugField") }, { abstract: true, bases: ["TitleDescriptionModel"] }),
  model("django_extensions", "django_extensions", "ActivatorModel", { status: column("IntegerField"), activate_date: column("DateTimeField", { nullable: true }), deactivate_date: column("DateTimeField", { nullable: true }) }, { abstract: true, ordering: ["status", "-activate_date"], managers: ["objects"] }),
  model("polymorphic", "polymorphic", "PolymorphicModel", { polymorphic_ctype: key("contenttypes.ContentType", { nullable: true, relatedName: "polymorphic_%(app_label)s.%(class)s_set+" }) }, { abstract: true, managers: ["objects"] }),
  model("parler", "parler", "TranslatableModelMixin", {}, { abstract: true, incomplete: true }),
  model("parler", "parler", "TranslatableModel", {}, { abstract: true, incomplete: true, managers: ["objects"] }),
  model("modeltranslation", "modeltranslation", "TranslatableModel", {}, { abstract: true, incomplete: true }),
  model("modelcluster", "modelcluster", "ClusterableModel", {}, { abstract: true }),
  model("solo", "solo", "SingletonModel", {}, { abstract: true, small: true, managers: ["objects"] }),
  model("ordered_model", "ordered_model", "OrderedModelBase", {}, { abstract: true, incomplete: true, managers: ["objects"] }),
  model("ordered_model", "ordered_model", "OrderedModel", { order: column("PositiveIntegerField", { index: true }) }, { abstract: true, ordering: ["order"], managers: ["objects"] }),
  model("safedelete", "safedelete", "SafeDeleteModel", { deleted: column("DateTimeField", { nullable: true, index: true }), deleted_by_cascade: column("BooleanField") }, { abstract: true, managers: ["objects", "all_objects", "deleted_objects"] }),
  model("organizations", "organizations", "AbstractOrganization", {}, { abstract: true, incomplete: true }),
  model("oauth2_provider", "oauth2_provider", "AbstractApplication", { user: key(user, { nullable: true, relatedName: "%(app_label)s_%(class)s" }), name: char(255) }, { abstract: true, incomplete: true }),
  model("simple_history", "simple_history", "HistoricalChanges", {}, { abstract: true }),
  model("django_tenants", "django_tenants", "TenantMixin", { schema_name: char(63, { unique: true }) }, { abstract: true }),
  model("django_tenants", "django_tenants", "DomainMixin", { domain: char(253, { unique: true }), is_primary: column("BooleanField", { index: true }) }, { abstract: true, incomplete: true }),
  model("rest_framework.authtoken", "authtoken", "Token", { key: char(40, { primaryKey: true }), user: one(user, { relatedName: "auth_token" }), created: column("DateTimeField") }),
  model("reversion", "reversion", "Version", {}, { incomplete: true }),
  model("filer", "filer", "File", {}, { incomplete: true }),
  model("filer", "filer", "Image", {}, { incomplete: true }),
  model("filer", "filer", "Folder", {}, { incomplete: true }),
  model("wagtail", "wagtailcore", "Orderable", { sort_order: column("IntegerField", { nullable: true }) }, { abstract: true, ordering: ["sort_order"] }),
  model("wagtail", "wagtailcore", "Locale", { language_code: char(100, { unique: true }) }, { small: true, managers: ["objects", "all_objects"] }),
  model("wagtail", "wagtailcore", "Site", { hostname: char(255), port: column("IntegerField"), site_name: char(255), root_page: key("wagtailcore.Page", { relatedName: "sites_rooted_here" }), is_default_site: column("BooleanField") }, { small: true, uniqueTogether: [["hostname", "port"]], managers: ["objects"] }),
  model("wagtail", "wagtailcore", "Collection", { name: char(255) }, { bases: ["MP_Node"], managers: ["objects"], incomplete: true }),
  model("wagtail", "wagtailcore", "Page", {
    title: char(255), draft_title: char(255), slug: column("SlugField", { maxLength: 255 }), content_type: key("contenttypes.ContentType", { relatedName: "pages" }),
    url_path: column("TextField"), owner: key(user, { nullable: true, relatedName: "owned_pages" }), locale: key("wagtailcore.Locale", { relatedName: "+" }),
    live: column("BooleanField"), first_published_at: column("DateTimeField", { nullable: true, index: true }), last_published_at: column("DateTimeField", { nullable: true }),
    latest_revision_created_at: column("DateTimeField", { nullable: true }), show_in_menus: column("BooleanField"), seo_title: char(255), search_description: column("TextField"),
    translation_key: column("UUIDField"), alias_of: key("wagtailcore.Page", { nullable: true, relatedName: "aliases" }), locked_by: key(user, { nullable: true, relatedName: "locked_pages" }),
  }, { bases: ["MP_Node"], managers: ["objects"], incomplete: true }),
  model("wagtail", "wagtailcore", "TranslatableMixin", { translation_key: column("UUIDField"), locale: key("wagtailcore.Locale", { relatedName: "+" }) }, { abstract: true, uniqueTogether: [["translation_key", "locale"]] }),
  model("wagtail", "wagtailcore", "DraftStateMixin", { live: column("BooleanField"), first_published_at: column("DateTimeField", { nullable: true, index: true }), last_published_at: column("DateTimeField", { nullable: true }) }, { abstract: true, incomplete: true }),
  model("wagtail", "wagtailcore", "RevisionMixin", {}, { abstract: true, incomplete: true }),
  model("wagtail", "wagtailcore", "WorkflowMixin", {}, { abstract: true, incomplete: true }),
  model("wagtail", "wagtailcore", "LockableMixin", { locked: column("BooleanField"), locked_at: column("DateTimeField", { nullable: true }), locked_by: key(user, { nullable: true, relatedName: "locked_%(class)ss" }) }, { abstract: true }),
  model("wagtail", "wagtailcore", "PreviewableMixin", {}, { abstract: true }),
  model("wagtail", "wagtailcore", "CollectionMember", { collection: key("wagtailcore.Collection", { relatedName: "+" }) }, { abstract: true }),
  model("wagtail", "wagtailimages", "AbstractImage", { title: char(255), uploaded_by_user: key(user, { nullable: true }) }, { abstract: true, bases: ["CollectionMember"], incomplete: true, managers: ["objects"] }),
  model("wagtail", "wagtailimages", "Image", {}, { bases: ["AbstractImage"], incomplete: true }),
  model("wagtail", "wagtailimages", "AbstractRendition", {}, { abstract: true, incomplete: true }),
  model("wagtail", "wagtaildocs", "AbstractDocument", { title: char(255), uploaded_by_user: key(user, { nullable: true }) }, { abstract: true, bases: ["CollectionMember"], incomplete: true, managers: ["objects"] }),
  model("wagtail", "wagtaildocs", "Document", {}, { bases: ["AbstractDocument"], incomplete: true }),
  model("wagtail", "wagtailforms", "AbstractForm", {}, { abstract: true, bases: ["Page"], incomplete: true }),
  model("wagtail", "wagtailforms", "AbstractEmailForm", {}, { abstract: true, bases: ["AbstractForm"], incomplete: true }),
  model("wagtail", "wagtailforms", "AbstractFormField", {}, { abstract: true, bases: ["Orderable"], incomplete: true }),
  model("wagtail", "wagtailsettings", "AbstractSetting", {}, { abstract: true, small: true }),
  model("wagtail", "wagtailsettings", "BaseGenericSetting", {}, { abstract: true, bases: ["AbstractSetting"], small: true }),
  model("wagtail", "wagtailsettings", "BaseSiteSetting", { site: one("wagtailcore.Site") }, { abstract: true, bases: ["AbstractSetting"], small: true }),
  model("wagtail", "wagtailsettings", "BaseSetting", { site: one("wagtailcore.Site") }, { abstract: true, bases: ["AbstractSetting"], small: true }),
];

/** The models of packages outside the workspace that are known. */
export const builtinModels: readonly BuiltinModel[] = [...contrib, ...thirdParty];

const byName = new Map<string, readonly BuiltinModel[]>();
for (const each of builtinModels) byName.set(each.name, [...(byName.get(each.name) ?? []), each]);

/** The built-in model of a dotted class name, whatever module of its package it was imported from. */
export function builtinByDottedName(name: string): BuiltinModel | undefined {
  const last = name.slice(name.lastIndexOf(".") + 1);
  return byName.get(last)?.find((each) => name.startsWith(`${each.package}.`) && isModelModule(name));
}

/** A built-in model by name, of one package before others. */
export function builtinByName(name: string, packageName: string): BuiltinModel | undefined {
  const candidates = byName.get(name);
  return candidates?.find((each) => each.package === packageName) ?? candidates?.[0];
}

/** Not `wagtail.admin.forms.Page…`: a model comes from a module of models, whatever a package calls them. */
function isModelModule(name: string): boolean {
  return !/\.(forms|views|serializers|admin|filters|widgets|blocks|panels|tests?)\./.test(name.replace("django.contrib.admin.", "").replace("wagtail.contrib.forms.", ""));
}

const modelRoot = /^django\.(db\.models(\.base)?|contrib\.gis\.db\.models)\.Model$/;

/** `django.db.models.Model` by any of its names. */
export function isModelRoot(name: string): boolean {
  return modelRoot.test(name);
}

/** Bases that add no columns: Python's own and well-known behaviour mixins. */
export function isHarmlessBase(name: string): boolean {
  return isModelRoot(name)
    || !name.includes(".") && name !== "?"
    // Every model of Django is listed above, so what else comes from it is none.
    || /^(typing|typing_extensions|abc|enum|collections|dataclasses|functools|unittest|django|rest_framework|factory|celery|graphene|pytest|django_stubs_ext|dirtyfields|lifecycle|django_lifecycle|model_utils\.tracker|auditlog|easy_thumbnails|rules\.contrib|django_prometheus|wagtail\.(search\.index|contrib\.routable_page|admin)|wagtail\.search|modelsearch\.index|elasticsearch_dsl|guardian|import_export|computedfields)\./.test(name);
}
