import type { Expression } from "../../../facts";
import type { ClassRef, ProjectCore, RelationForm } from "../../../project";
import { calleeName, lastName, positional, type ExpressionReader, type Scope } from "./expressions";

/** What a model field class is. */
export interface FieldType {
  /** Django's name of the class, of the nearest known base for others. */
  readonly name: string;
  readonly form?: Extract<RelationForm, "foreign-key" | "one-to-one" | "many-to-many" | "generic-foreign-key" | "generic-relation">;
  /** The entity that the class always leads to: `taggit.Tag`. */
  readonly target?: string;
  readonly through?: string;
  /** Given only by a name that looks like a field's. */
  readonly isGuess?: boolean;
  /** The call adds keyword arguments of its own: `partial(CharField, max_length=5)`. */
  readonly preset?: Expression;
}

/** Field reference of Django 5.2, plus fields removed since 2.2. */
const djangoFields = new Set([
  "AutoField", "BigAutoField", "SmallAutoField", "BigIntegerField", "BinaryField", "BooleanField", "CharField", "CommaSeparatedIntegerField",
  "DateField", "DateTimeField", "DecimalField", "DurationField", "EmailField", "FileField", "FilePathField", "FloatField", "GeneratedField",
  "GenericIPAddressField", "IPAddressField", "ImageField", "IntegerField", "JSONField", "NullBooleanField", "PositiveBigIntegerField",
  "PositiveIntegerField", "PositiveSmallIntegerField", "SlugField", "SmallIntegerField", "TextField", "TimeField", "URLField", "UUIDField", "XMLField",
  "OrderWrt", "Field",
  // django.contrib.postgres.fields
  "ArrayField", "HStoreField", "CICharField", "CIEmailField", "CITextField", "IntegerRangeField", "BigIntegerRangeField", "DecimalRangeField",
  "FloatRangeField", "DateTimeRangeField", "DateRangeField", "SearchVectorField", "RangeField",
  // django.contrib.gis.db.models
  "PointField", "LineStringField", "PolygonField", "MultiPointField", "MultiLineStringField", "MultiPolygonField", "GeometryField", "GeometryCollectionField", "RasterField",
]);

const relationFields: Readonly<Record<string, FieldType>> = {
  ForeignKey: { name: "ForeignKey", form: "foreign-key" },
  ForeignObject: { name: "ForeignKey", form: "foreign-key" },
  OneToOneField: { name: "OneToOneField", form: "one-to-one" },
  ManyToManyField: { name: "ManyToManyField", form: "many-to-many" },
  GenericForeignKey: { name: "GenericForeignKey", form: "generic-foreign-key" },
  GenericRelation: { name: "GenericRelation", form: "generic-relation" },
  // modelcluster, mptt / treebeard forks, sortedm2m, django-annoying, django-filer, taggit, autocomplete and friends
  ParentalKey: { name: "ForeignKey", form: "foreign-key" },
  ParentalManyToManyField: { name: "ManyToManyField", form: "many-to-many" },
  TreeForeignKey: { name: "ForeignKey", form: "foreign-key" },
  TreeOneToOneField: { name: "OneToOneField", form: "one-to-one" },
  TreeManyToManyField: { name: "ManyToManyField", form: "many-to-many" },
  SortedManyToManyField: { name: "ManyToManyField", form: "many-to-many" },
  SortedM2MField: { name: "ManyToManyField", form: "many-to-many" },
  AutoOneToOneField: { name: "OneToOneField", form: "one-to-one" },
  ChainedForeignKey: { name: "ForeignKey", form: "foreign-key" },
  GroupedForeignKey: { name: "ForeignKey", form: "foreign-key" },
  ChainedManyToManyField: { name: "ManyToManyField", form: "many-to-many" },
  CachedForeignKey: { name: "ForeignKey", form: "foreign-key" },
  PageForeignKey: { name: "ForeignKey", form: "foreign-key" },
  AutoUserField: { name: "ForeignKey", form: "foreign-key", target: "settings.AUTH_USER_MODEL" },
  CurrentUserField: { name: "ForeignKey", form: "foreign-key", target: "settings.AUTH_USER_MODEL" },
  FilerFileField: { name: "ForeignKey", form: "foreign-key", target: "filer.File" },
  FilerImageField: { name: "ForeignKey", form: "foreign-key", target: "filer.Image" },
  FilerFolderField: { name: "ForeignKey", form: "foreign-key", target: "filer.Folder" },
  TaggableManager: { name: "ManyToManyField", form: "many-to-many", target: "taggit.Tag", through: "taggit.TaggedItem" },
  ClusterTaggableManager: { name: "ManyToManyField", form: "many-to-many", target: "taggit.Tag", through: "taggit.TaggedItem" },
};

/** Third-party column fields by the Django field they extend (their own documentation and source). */
const extendingFields: Readonly<Record<string, string>> = {
  CountryField: "CharField", PhoneNumberField: "CharField", MoneyField: "DecimalField", CurrencyField: "CharField", ColorField: "CharField", TimeZoneField: "CharField",
  RichTextField: "TextField", RichTextUploadingField: "TextField", StreamField: "JSONField", MarkdownField: "TextField", MarkdownxField: "TextField",
  MartorField: "TextField", HTMLField: "TextField", BleachField: "TextField", SummernoteTextField: "TextField", CKEditor5Field: "TextField",
  AutoSlugField: "SlugField", RandomCharField: "CharField", CreationDateTimeField: "DateTimeField", ModificationDateTimeField: "DateTimeField",
  AutoCreatedField: "DateTimeField", AutoLastModifiedField: "DateTimeField", MonitorField: "DateTimeField", StatusField: "CharField", SplitField: "TextField",
  FSMField: "CharField", FSMIntegerField: "IntegerField", FSMKeyField: "CharField", EnumField: "CharField", CharEnumField: "CharField",
  StdImageField: "ImageField", ThumbnailerImageField: "ImageField", ThumbnailerField: "FileField", ProcessedImageField: "ImageField", VersatileImageField: "ImageField",
  ResizedImageField: "ImageField", SorlImageField: "ImageField", PrivateFileField: "FileField", CloudinaryField: "CharField",
  MultiSelectField: "CharField", TreeManagerField: "IntegerField", ShortUUIDField: "CharField", ULIDField: "UUIDField", HashidAutoField: "AutoField",
  EncryptedCharField: "CharField", EncryptedTextField: "TextField", EncryptedEmailField: "CharField", AddressField: "ForeignKey", VectorField: "ArrayField",
};

/** Names that end in "Field" and are no columns: imagekit's cached specs, model-mommy style trackers. */
const notColumns = new Set(["ImageSpecField", "VirtualField", "PhantomField"]);

/** Modules with classes of the same names that are not model fields. */
const otherFields = /^(django\.forms|django\.contrib\.(admin|postgres\.forms)|rest_framework|wtforms|marshmallow|django_filters|graphene|strawberry|factory|import_export|haystack|ninja|pydantic|dataclasses|elasticsearch_dsl|django_elasticsearch_dsl|mongoengine|peewee|tortoise)(\.|$)/;

/** Which field an external class is; undefined when it is none. */
export function externalFieldType(name: string): FieldType | undefined {
  if (otherFields.test(name)) return undefined;
  const last = name.slice(name.lastIndexOf(".") + 1);
  if (notColumns.has(last) || (last === "ImageField" && name.startsWith("sorl."))) return last === "ImageField" ? { name: "ImageField" } : undefined;
  return typeByName(last) ?? guessByName(last);
}

/** Whether this dotted name is a field class of Django itself: proof that the class it stands in is a model. */
export function isDjangoField(name: string): boolean {
  return /^django\.(db\.models|contrib\.(postgres\.fields|gis\.db\.models|contenttypes\.(fields|generic)))(\.|$)/.test(name) && typeByName(name.slice(name.lastIndexOf(".") + 1)) !== undefined;
}

function typeByName(last: string): FieldType | undefined {
  if (Object.hasOwn(relationFields, last)) return relationFields[last];
  if (djangoFields.has(last)) return { name: last };
  if (!Object.hasOwn(extendingFields, last)) return undefined;
  const base = extendingFields[last];
  return relationFields[base] ?? { name: base };
}

function guessByName(last: string): FieldType | undefined {
  if (notColumns.has(last)) return undefined;
  if (/(ForeignKey|ParentalKey)$/.test(last)) return { name: "ForeignKey", form: "foreign-key", isGuess: true };
  if (/OneToOneField$/.test(last)) return { name: "OneToOneField", form: "one-to-one", isGuess: true };
  if (/(ManyToManyField|M2MField)$/.test(last)) return { name: "ManyToManyField", form: "many-to-many", isGuess: true };
  if (/TaggableManager$/.test(last)) return relationFields.TaggableManager;
  if (/^[A-Z]\w*Field$/.test(last)) return { name: last, isGuess: true };
  return undefined;
}

/** Tells fields from everything else a class attribute may be. */
export class FieldTypes {
  private readonly ofClass = new Map<string, FieldType | undefined>();

  constructor(private readonly core: ProjectCore, private readonly reader: ExpressionReader) {}

  /** The type of the field that this attribute value constructs. */
  of(scope: Scope, value: Expression): FieldType | undefined {
    if (value.kind !== "call") return undefined;
    return this.ofCallee(scope, value.callee, 0);
  }

  private ofCallee(scope: Scope, callee: Expression, depth: number): FieldType | undefined {
    if (depth > 5) return undefined;
    const name = lastName(callee);
    const symbol = this.reader.symbol({ uri: scope.uri }, callee);
    switch (symbol?.kind) {
      case "external":
        return externalFieldType(symbol.name);
      case "class":
        return this.ofClassRef(symbol.class, depth);
      case "value": {
        // `ShortCharField = partial(models.CharField, max_length=20)`
        const value = symbol.value.value;
        if (value?.kind === "call" && calleeName(value) === "partial") {
          const field = positional(value, 0);
          const type = field && this.ofCallee({ uri: symbol.uri }, field, depth + 1);
          return type && { ...type, preset: value };
        }
        return guessByName(name);
      }
      case "function":
        return guessByName(name);
      case "module":
        return undefined;
      case undefined:
        return name ? typeByName(name) ?? guessByName(name) : undefined;
    }
  }

  private ofClassRef(ref: ClassRef, depth: number): FieldType | undefined {
    if (this.ofClass.has(ref.key)) return this.ofClass.get(ref.key);
    let result: FieldType | undefined;
    let guess: FieldType | undefined;
    let isOther = false;
    for (const each of this.core.ancestors(ref)) {
      if ("class" in each) {
        // A package that is in the workspace itself: its field classes are known by name all the same.
        const name = each.class.declaration.name;
        if (!Object.hasOwn(relationFields, name)) continue;
        result = relationFields[name];
        break;
      }
      if (each.external === "?") continue;
      if (otherFields.test(each.external)) isOther = true;
      const type = externalFieldType(each.external);
      if (type && !type.isGuess && type.name !== "Field") {
        result = type;
        break;
      }
      guess ??= type?.name === "Field" ? { name: ref.declaration.name } : type;
    }
    // With bases nobody knows, the name of the class is the only sign.
    const type = result ?? guess ?? (isOther || ref.declaration.bases.length === 0 ? undefined : guessByName(ref.declaration.name));
    this.ofClass.set(ref.key, type);
    return type;
  }
}

/** Column types whose index on PostgreSQL comes with a second one for LIKE (`CharField`/`TextField` and what extends them). */
export function isTextual(type: string): boolean {
  return /^(CharField|TextField|SlugField|EmailField|URLField|FilePathField|FileField|ImageField|CommaSeparatedIntegerField)$/.test(type);
}
