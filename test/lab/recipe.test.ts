import { imageName, imageRecipe, labSuites, renderPackageIndex } from "../../src/lab/recipe";

it.each(labSuites)("the %s image has no PostgreSQL installed, and offers one", (suite) => {
  const recipe = imageRecipe(suite);
  expect(recipe.installed.filter((name) => /postgres|pg/.test(name))).toEqual([]);
  expect(recipe.offered).toContain(`postgresql-${{ bookworm: 15, trixie: 17, forky: 18, sid: 18 }[suite]}`);
});

it("offers no pgagroal where Debian has none", () => {
  expect(imageRecipe("bookworm").offered).not.toContain("pgagroal");
  expect(imageRecipe("trixie").offered).toContain("pgagroal");
});

it("names an image by everything it is made of", () => {
  const recipe = imageRecipe("trixie");
  expect(imageName(recipe)).toMatch(/^trixie-[0-9a-f]{12}$/);
  expect(imageName(imageRecipe("trixie"))).toBe(imageName(recipe));
  expect(imageName({ ...recipe, masked: [] })).not.toBe(imageName(recipe));
  expect(imageName({ ...recipe, files: { ...recipe.files, "etc/motd": "" } })).not.toBe(imageName(recipe));
});

it("writes an index that apt reads, sorted by file name", () => {
  const index = renderPackageIndex([
    { name: "b_1_all.deb", size: 20, sha256: "bb", control: "Package: b\nVersion: 1\nDescription: b\n long\n" },
    { name: "a_1_all.deb", size: 10, sha256: "aa", control: "Package: a\nVersion: 1\n" },
  ]);
  expect(index).toBe(
    "Package: a\nVersion: 1\nFilename: ./a_1_all.deb\nSize: 10\nSHA256: aa\n\n" +
      "Package: b\nVersion: 1\nDescription: b\n long\nFilename: ./b_1_all.deb\nSize: 20\nSHA256: bb\n\n",
  );
});
