/**
 * Method and options of a record, held to what the server takes: methods by type and major, options by method, and what
 * they need or exclude together. Source: PostgreSQL, src/backend/libpq/hba.c (parse_hba_line, parse_hba_auth_opt).
 */
import type { HbaOption, HbaRecord } from "../model/hba";
import { HBA_METHODS, HBA_OPTIONS, hbaMethodFacts, isListOption, isSecretOption, type HbaMethod, type HbaOptionName } from "../model/hba-method";
import type { Major } from "../model/instance";
import { Secret } from "../model/secret";
import { LineFault, single, type Field, type FieldToken } from "./hba-tokens";

/** Throws LineFault where the server would refuse the line. */
export function readMethod(type: HbaRecord["type"], [methodField, ...optionFields]: readonly Field[], major: Major): Pick<HbaRecord, "method" | "options"> {
  const word = single(methodField, "authentication method").text;
  const isKnown = Object.hasOwn(HBA_METHODS, word) && hbaMethodFacts(word as HbaMethod).since <= major;
  // On a socket the server reads ident as peer.
  const method = type === "local" && word === "ident" ? "peer" : (word as HbaMethod);
  if (!isKnown || !hbaMethodFacts(method).types.includes(type)) {
    throw new LineFault(isKnown ? `authentication method ${word} is not for ${type} records` : "invalid authentication method");
  }
  const options = optionFields.flat().map((token) => readOption(token, type, method));
  const fault = combinationFault(method, options);
  if (fault !== null) {
    throw new LineFault(fault);
  }
  return { method, options };
}

/** What the server asks of a method's options together. */
function combinationFault(method: HbaMethod, options: readonly HbaOption[]): string | null {
  const has = (...names: readonly HbaOptionName[]): boolean => options.some((option) => names.includes(option.name));
  const missing = hbaMethodFacts(method).required.find((name) => !has(name));
  if (missing !== undefined) {
    return `authentication method ${method} requires ${missing}`;
  }
  if (method === "cert" && options.some(({ name, value }) => name === "clientcert" && value === "verify-ca")) {
    return "clientcert can only be verify-full with method cert";
  }
  if (method !== "ldap" || has("ldapurl")) {
    return null;
  }
  if (!has("ldapprefix", "ldapsuffix", "ldapbasedn")) {
    return "authentication method ldap requires ldapbasedn, ldapprefix or ldapsuffix";
  }
  const isMixed = has("ldapprefix", "ldapsuffix") && has("ldapbasedn", "ldapbinddn", "ldapbindpasswd", "ldapsearchattribute", "ldapsearchfilter");
  return isMixed || (has("ldapsearchattribute") && has("ldapsearchfilter")) ? "ldap options exclude each other" : null;
}

function readOption(token: FieldToken, type: HbaRecord["type"], method: HbaMethod): HbaOption {
  const [, name = "", value] = /^([^=]*)=(.*)$/su.exec(token.text) ?? [];
  if (value === undefined) {
    throw new LineFault("authentication option not in name=value format");
  }
  const isCertificateOption = name === "clientcert" || name === "clientname";
  const isTaken = isCertificateOption ? type === "hostssl" : (hbaMethodFacts(method).options as readonly string[]).includes(name);
  if (!isTaken) {
    throw new LineFault(Object.hasOwn(HBA_OPTIONS, name) ? `authentication option ${name} is not for ${isCertificateOption ? type : method} records` : "unrecognized authentication option name");
  }
  const form = HBA_OPTIONS[name as HbaOptionName];
  if (isCertificateOption && !(form as readonly string[]).includes(value)) {
    throw new LineFault(`invalid value for ${name}`);
  }
  return optionOf(name as HbaOptionName, value);
}

function optionOf(name: HbaOptionName, text: string): HbaOption {
  const value = isListOption(name) ? splitList(text) : text;
  if (value === null) {
    throw new LineFault(`the list of ${name} cannot be taken apart`);
  }
  return { name, value: isSecretOption(name) ? new Secret(value) : value };
}

/** Commas separate elements, which may be in double quotes; `null` where SplitGUCList fails. */
function splitList(text: string): readonly string[] | null {
  if (text.trim() === "") {
    return [];
  }
  const element = /[ \t\n\r\v\f]*(?:"((?:[^"]|"")*)"|([^",\s][^,\s]*))[ \t\n\r\v\f]*(,|$)/gy;
  const elements: string[] = [];
  for (let separator: string | undefined = ","; separator === ","; ) {
    const match = element.exec(text);
    if (match === null) {
      return null;
    }
    elements.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? "");
    separator = match[3];
  }
  return elements;
}
