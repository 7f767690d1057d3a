// Two projects: `unit` has no I/O, `live` needs the lab (root, test hosts). See CONTRIBUTING.md.
const common = {
  testEnvironment: "node",
  transform: { "^.+\\.ts$": ["@swc/jest", { jsc: { parser: { syntax: "typescript" }, target: "es2023" }, module: { type: "commonjs" } }] },
  // A dynamic import names the compiled file, as Node wants it.
  moduleNameMapper: { "^(\\./[a-z-]+)\\.js$": "$1" },
  modulePathIgnorePatterns: ["<rootDir>/dist", "<rootDir>/.cache"],
};

module.exports = {
  projects: [
    { ...common, displayName: "unit", testMatch: ["<rootDir>/test/**/*.test.ts"], testPathIgnorePatterns: ["<rootDir>/test/live/"] },
    { ...common, displayName: "live", testMatch: ["<rootDir>/test/live/**/*.test.ts"], setupFilesAfterEnv: ["<rootDir>/test/support/pristine.ts"] },
  ],
};
