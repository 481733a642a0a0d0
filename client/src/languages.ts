/** The languages that findings are shown in, as VS Code and the usual extensions for templates call them. */
export const LANGUAGES: readonly string[] = [
  "python", "django-html", "django-txt", "jinja", "jinja-html", "html",
  "typescript", "typescriptreact", "javascript", "javascriptreact", "vue", "svelte", "prisma",
];
