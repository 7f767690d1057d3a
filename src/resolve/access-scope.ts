/**
 * What tells two Access resources of one instance apart: the sections they manage, as text for an id and for an import.
 * `17-main:roles,memberships`, `17-main:shop.grants,shop.rowSecurity`; parts of the names are percent-encoded.
 */
import type { AccessDeclaration } from "../declare/access";
import { compareText } from "../model/name";

const SECTIONS = ["roles", "memberships", "grants"] as const;
const PARTS = ["grants", "defaultPrivileges", "rowSecurity"] as const;

type Scoped = Pick<AccessDeclaration, "instance" | (typeof SECTIONS)[number] | "databases">;

/** A database without managed parts stands for itself. */
export function formatScope(declaration: Scoped): string {
  const { instance, databases } = declaration;
  const own = SECTIONS.filter((section) => declaration[section] !== undefined);
  const inside = databases.flatMap((database) => {
    const parts = PARTS.filter((part) => database[part] !== undefined);
    return [encode(database.name), ...parts.map((part) => `${encode(database.name)}.${part}`)].slice(parts.length === 0 ? 0 : 1);
  });
  return `${instance.major}-${instance.name}:${[...own, ...inside.sort(compareText)].join(",")}`;
}

/** The smallest declaration with that scope; `17-main` alone is every section of the instance, but no database. */
export function parseScope(scope: string): Readonly<Record<string, unknown>> | undefined {
  const [, major, name, list] = /^(\d+)-([^:]+)(?::(.*))?$/.exec(scope) ?? [];
  if (major === undefined || name === undefined) {
    return undefined;
  }
  const words = list === undefined ? [...SECTIONS] : list.split(",").filter((word) => word !== "");
  const sections = new Map<string, unknown>();
  const databases = new Map<string, Record<string, unknown>>();
  for (const word of words) {
    const [head = "", part] = word.split(".");
    if (part === undefined && (SECTIONS as readonly string[]).includes(head)) {
      sections.set(head, []);
    } else if (part === undefined || (PARTS as readonly string[]).includes(part)) {
      databases.set(decodeURIComponent(head), { ...databases.get(decodeURIComponent(head)), ...(part === undefined ? {} : { [part]: [] }) });
    } else {
      return undefined;
    }
  }
  return { instance: { major: Number(major), name }, ...Object.fromEntries(sections), ...(databases.size === 0 ? {} : { databases: Object.fromEntries(databases) }) };
}

/** encodeURIComponent leaves the dot alone, which separates here; a database named like a section is told apart by an encoded letter. */
function encode(name: string): string {
  const encoded = encodeURIComponent(name).replaceAll(".", "%2E");
  return (SECTIONS as readonly string[]).includes(name) ? `%${name.charCodeAt(0).toString(16)}${name.slice(1)}` : encoded;
}
