/** Rendering then parsing is identity for entries of any ugliness; so is a difference with oneself nothing. */
import fc from "fast-check";
import { align } from "../../src/diff/alignment";
import { parsePgHba, parsePgIdent, readEntry } from "../../src/inspect/hba";
import { MAJORS } from "../../src/model/instance";
import { coveredBy } from "../../src/model/hba-coverage";
import { isInclude } from "../../src/model/hba";
import { reveal, Secret } from "../../src/model/secret";
import { renderPgHba, renderPgIdent, spellEntry } from "../../src/render/hba";
import { hbaEntry, hbaRecord, identMapping } from "../support/hba";

/** Secrets compare by what they hold. */
function opened(value: unknown): unknown {
  if (value instanceof Secret) {
    return { secret: value.reveal() as unknown };
  }
  if (Array.isArray(value)) {
    return value.map(opened);
  }
  return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value).map(([key, part]) => [key, opened(part)])) : value;
}

describe.each(MAJORS)("PostgreSQL %d", (major) => {
  it("reads pg_hba.conf as it was meant", () => {
    fc.assert(fc.property(fc.array(hbaEntry(major), { maxLength: 6 }), (entries) => {
      const parsed = parsePgHba(reveal(renderPgHba(entries)), major);
      expect(parsed.map((line) => ("entry" in line ? opened(line.entry) : line.fault))).toEqual(entries.map(opened));
    }), { numRuns: 300 });
  });

  it("reads pg_ident.conf as it was meant", () => {
    fc.assert(fc.property(fc.array(identMapping(major), { maxLength: 6 }), (mappings) => {
      const parsed = parsePgIdent(renderPgIdent(mappings), major);
      expect(parsed.map((line) => ("entry" in line ? line.entry : line.fault))).toEqual(mappings);
    }), { numRuns: 300 });
  });

  it("reads an observed line back", () => {
    fc.assert(fc.property(hbaEntry(major), (entry) => {
      expect(opened(readEntry(spellEntry(entry), major))).toEqual(opened(entry));
    }), { numRuns: 300 });
  });
});

it("no text at all makes the parser fail or run on", () => {
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 80 }), (text) => {
    expect(parsePgHba(text, 17).every((line) => line.line >= 1)).toBe(true);
    expect(parsePgIdent(text, 17).every((line) => line.line >= 1)).toBe(true);
  }));
});

it("a record covers itself, and a part of itself", () => {
  fc.assert(fc.property(hbaRecord(17), (record) => {
    const isWhole = !isInclude(record);
    expect(isWhole && coveredBy(record, [record])).toEqual([record]);
    expect(coveredBy({ ...record, users: record.users.slice(0, 1), databases: record.databases.slice(0, 1) }, [record])).toEqual([record]);
  }));
});

it("an alignment holds every element of both sides once and in order", () => {
  const list = fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 12 });
  fc.assert(fc.property(list, list, (before, after) => {
    const pairs = align(before, after);
    expect(pairs.flatMap((pair) => (pair.before === null ? [] : [pair.before])).sort((a, b) => a - b)).toEqual(before.map((_, index) => index));
    expect(pairs.flatMap((pair) => (pair.after === null ? [] : [pair.after])).sort((a, b) => a - b)).toEqual(after.map((_, index) => index));
    expect(align(before, before).every((pair) => pair.before === pair.after)).toBe(true);
  }));
});
