/** The version of this package: what the plugin answers, what resources ask for. A test holds it equal to package.json's. */
export const VERSION = "0.1.0";
