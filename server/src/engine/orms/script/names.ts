/** `author` → `Author`. */
export function capital(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** `OrderItem` → `orderItem`. */
export function uncapital(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}

/** `order_item` → `orderItem`. */
export function camel(name: string): string {
  return name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** `orderItem` → `order_item`. */
export function snake(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toLowerCase();
}

/** `customer` → `customers`, `entry` → `entries`. */
export function pluralOf(name: string): string {
  if (/(s|x|z|ch|sh)$/.test(name)) return /[^s]s$/.test(name) && !/(us|is|as)$/.test(name) ? name : `${name}es`;
  return /[^aeiou]y$/.test(name) ? `${name.slice(0, -1)}ies` : `${name}s`;
}

/** `customers` → `customer`, `categories` → `category`. */
export function singularOf(name: string): string {
  if (/ies$/.test(name)) return `${name.slice(0, -3)}y`;
  if (/(ss|us|is)$/.test(name)) return name;
  return /(xes|ses|ches|shes)$/.test(name) ? name.slice(0, -2) : name.replace(/s$/, "");
}
