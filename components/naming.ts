/**
 * Logical names of children, stable for ever: a changed logical name replaces the resource, so nothing cosmetic enters.
 * Type tokens of components live beside them for the same reason.
 */

/** `orders` + `server-certificate` → `orders-server-certificate`. */
export function childName(parent: string, part: string): string {
  return `${parent}-${part}`;
}

export function componentType(name: string): string {
  return `pgrampart:components:${name}`;
}
