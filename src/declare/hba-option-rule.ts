/**
 * Options that exclude or need each other. Most are refused by the server too; some it would accept and then do less than
 * the reader expects. Source: PostgreSQL, src/backend/libpq/hba.c (parse_hba_line) and the manual page of each method.
 */
import type { HbaOption } from "../model/hba";
import type { HbaMethod, HbaOptionName } from "../model/hba-method";
import { reveal } from "../model/secret";
import type { IssueCollector, Path } from "./issue";

type Values = Partial<Record<HbaOptionName, string | readonly string[]>>;
type Refuse = (name: HbaOptionName, allowed: string, remedy: string) => void;

/** `options` are each correct by themselves. */
export function refuseCombinations(method: HbaMethod, options: readonly HbaOption[], path: Path, issues: IssueCollector): void {
  const values: Values = Object.fromEntries(options.map(({ name, value }) => [name, reveal<string | readonly string[]>(value)]));
  const shown = new Map(options.map(({ name, value }) => [name, value]));
  const refuse: Refuse = (name, allowed, remedy) => issues.add([...path, name], shown.get(name), allowed, remedy);
  refuseCertificate(method, values, refuse);
  RULES[method]?.(values, refuse);
}

const RULES: Partial<Record<HbaMethod, (values: Values, refuse: Refuse) => void>> = { ldap: refuseLdap, radius: refuseRadius, oauth: refuseOauth };

function refuseCertificate(method: HbaMethod, values: Values, refuse: Refuse): void {
  if (method === "cert" && values.clientcert === "verify-ca") {
    refuse("clientcert", "verify-full, with method cert", "Remove it: method cert always compares the name.");
  }
  if (values.clientname !== undefined && method !== "cert" && values.clientcert !== "verify-full") {
    refuse("clientname", "clientname only with method cert or clientcert verify-full", "Add clientcert: \"verify-full\", or no name is compared.");
  }
}

const SEARCH: readonly HbaOptionName[] = ["ldapbasedn", "ldapbinddn", "ldapbindpasswd", "ldapsearchattribute", "ldapsearchfilter"];
const IN_URL: readonly HbaOptionName[] = ["ldapserver", "ldapport", "ldapscheme", "ldapbasedn", "ldapsearchattribute", "ldapsearchfilter"];

function refuseLdap(values: Values, refuse: Refuse): void {
  const url = values.ldapurl;
  const isSimple = values.ldapprefix !== undefined || values.ldapsuffix !== undefined;
  if (values.ldapserver === undefined && url === undefined) {
    refuse("ldapserver", "a server, or ldapurl", "Name it; otherwise the DNS would choose the server that sees the passwords.");
  }
  if (url !== undefined && !/^ldaps?:\/\/[^/?]+\/[^?]+/.test(String(url))) {
    refuse("ldapurl", "ldap://host[:port]/basedn[?attribute[?scope[?filter]]], or ldaps://", "Write the URL with host and base.");
  }
  for (const name of IN_URL.filter((option) => url !== undefined && values[option] !== undefined)) {
    refuse(name, "either ldapurl or this option", "Put it into the URL, or write single options only.");
  }
  for (const name of SEARCH.filter((option) => isSimple && values[option] !== undefined)) {
    refuse(name, "either ldapprefix and ldapsuffix or the options of a search", "Choose simple bind or search and bind.");
  }
  if (!isSimple && values.ldapbasedn === undefined && url === undefined) {
    refuse("ldapbasedn", "ldapbasedn, ldapprefix or ldapsuffix", "Say how a user name becomes an entry of the directory.");
  }
  if (values.ldapsearchattribute !== undefined && values.ldapsearchfilter !== undefined) {
    refuse("ldapsearchfilter", "either ldapsearchattribute or ldapsearchfilter", "Remove one of the two.");
  }
  if (values.ldaptls === "1" && (values.ldapscheme === "ldaps" || String(url ?? "").startsWith("ldaps:"))) {
    refuse("ldaptls", "either ldaptls or ldaps", "Remove one of the two: StartTLS cannot begin inside TLS.");
  }
}

function refuseRadius(values: Values, refuse: Refuse): void {
  const servers = values.radiusservers?.length;
  for (const name of ["radiussecrets", "radiusports", "radiusidentifiers"] as const) {
    const count = values[name]?.length;
    if (servers !== undefined && count !== undefined && count !== 1 && count !== servers) {
      refuse(name, `one element, or ${servers} as radiusservers has`, "Give one for all servers, or one for each.");
    }
  }
}

function refuseOauth(values: Values, refuse: Refuse): void {
  if (values.issuer !== undefined && !/^https:\/\/[^\s/?#]+[^\s?#]*$/.test(String(values.issuer))) {
    refuse("issuer", "an https:// URL without query and fragment", "Write the issuer as the authorization server publishes it.");
  }
  if (values.delegate_ident_mapping === "1" && values.map !== undefined) {
    refuse("map", "either map or delegate_ident_mapping", "Remove one of the two: the validator's choice is not mapped.");
  }
}
