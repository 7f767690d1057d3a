// A Jest reporter that says what runs, every ten seconds, so that a long live test never looks stuck. It stands beside
// Jest's own reporter and prints nothing when tests are quick.
"use strict";

const path = require("path");

const interval = 10_000; // ms

module.exports = class Heartbeat {
  #running = new Map();
  #passed = 0;
  #timer;

  onRunStart() {
    this.#timer = setInterval(() => this.#beat(), interval);
  }

  onTestFileStart(test) {
    this.#running.set(test.path, { since: Date.now(), last: undefined });
  }

  onTestCaseResult(test, result) {
    if (result.status === "passed") this.#passed += 1;
    const file = this.#running.get(test.path);
    if (file) file.last = result.title;
  }

  onTestFileResult(test) {
    this.#running.delete(test.path);
  }

  onRunComplete() {
    clearInterval(this.#timer);
  }

  #beat() {
    for (const [file, { since, last }] of this.#running) {
      const seconds = Math.round((Date.now() - since) / 1000);
      process.stderr.write(`… ${path.relative(process.cwd(), file)} ${seconds} s, ${this.#passed} passed${last ? `, last: ${last}` : ""}\n`);
    }
  }
};
