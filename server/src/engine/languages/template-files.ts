/** Names that only templates have. */
const TEMPLATE_NAME = /\.(?:html?|djhtml|jinja2?|j2)$/i;
/** Names that templates have among others: only below a folder for templates. */
const OTHER_NAME = /\.(?:txt|ltxt|xml|md|eml|mail|csv|json|js|css|svg|tex|ics|vcf|mjml|rss|atom|tpl|tmpl|inc|partial|html-fragment|webmanifest)$/i;
const TEMPLATE_FOLDER = /(?:^|\/)(?:templates|jinja2)\//;

/** Whether a file of this name may be a template: markup anywhere, other texts in a folder for templates. */
export function isTemplatePath(path: string): boolean {
  return TEMPLATE_NAME.test(path) || (OTHER_NAME.test(path) && TEMPLATE_FOLDER.test(path) && !/(?:requirements|constraints)[^/]*\.txt$/i.test(path));
}

/** The folder that a template's name counts from, as its path tells: `shop` of `shop/templates/shop/list.html`; undefined elsewhere. */
export function rootOfTemplate(path: string): string | undefined {
  const match = isTemplatePath(path) ? TEMPLATE_FOLDER.exec(path) : null;
  return match ? path.slice(0, match.index) : undefined;
}

/** Whether it is one: outside the folders for templates, markup has to hold template syntax. */
export function isTemplate(path: string, text: string): boolean {
  if (!isTemplatePath(path)) return false;
  return TEMPLATE_FOLDER.test(path) || /\.(?:djhtml|jinja2?|j2)$/i.test(path) || text.includes("{%") || text.includes("{{");
}

/** Which language a template is written in: its name and folder first, then what it shows itself, Django's when in doubt. */
export function templateLanguage(path: string, text: string): "django-template" | "jinja" {
  if (/\.djhtml$/i.test(path)) return "django-template";
  if (/\.(?:jinja2?|j2)(?:\.\w+)?$/i.test(path) || /\.(?:jinja2?|j2)\.\w+$/i.test(path) || /(?:^|\/)jinja2\//.test(path)) return "jinja";
  return signsOfJinja(text) > signsOfDjango(text) ? "jinja" : "django-template";
}

/** Tags, delimiters and expressions that only one of the two languages has; a clear sign counts more than one that a typing error makes. */
const DJANGO_TAGS = /\{%\s*(?:load|csrf_token|comment|verbatim|regroup|ifequal|ifnotequal|ifchanged|cycle|firstof|widthratio|blocktrans(?:late)?|translate|endblocktrans(?:late)?|empty)\b/g;
const DJANGO_EXPRESSIONS = /\{[{%][^{}%\n]{0,200}?(?:\|\w+:["'\w]|\b(?:include|extends)\s+\S+\s+with\s+\w+=)|\{%\s*(?:url|static|trans)\s+["']|\{\{\s*block\.super/g;
const JINJA_TAGS = /\{%[-+]?\s*(?:set|macro|import|from|call|do|raw|endset|endmacro|endcall|endraw|pluralize)\b|\{%-|-%\}|\{\{-|-\}\}|\{%\+/g;
const JINJA_EXPRESSIONS = /\{[{%][^{}%\n]{0,200}?(?:\w\(|\w\[|\|\s*\w+\(|\bis (?:not )?(?:defined|none|undefined|mapping|string|number|iterable)\b|\s~\s)/g;

function signsOfDjango(text: string): number {
  return 2 * count(text, DJANGO_TAGS) + count(text, DJANGO_EXPRESSIONS);
}

function signsOfJinja(text: string): number {
  return 2 * count(text, JINJA_TAGS) + count(text, JINJA_EXPRESSIONS);
}

function count(text: string, pattern: RegExp): number {
  let found = 0;
  for (const match of text.matchAll(pattern)) found += match.length > 0 ? 1 : 0;
  return found;
}
