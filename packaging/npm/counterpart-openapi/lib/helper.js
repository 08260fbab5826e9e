"use strict";

const { startMock } = require("./index.js");

/**
 * A mock for the tests of a file, by the hooks of a test runner: started before the first, emptied before each, asked
 * after each whether a request broke the document, and stopped after the last.
 */
function helper({ beforeAll, beforeEach, afterEach, afterAll }, options = {}) {
  const { violations = "fail", ...rest } = options;
  if (violations !== "fail" && violations !== "ignore") {
    throw new TypeError(`violations is "fail" or "ignore", not ${JSON.stringify(violations)}`);
  }
  let mock;
  beforeAll(async () => {
    mock = await startMock(rest);
  }, rest.startTimeout ?? 30000);
  beforeEach(() => mock.reset());
  afterEach(async () => {
    if (violations === "fail") await mock.assertNoViolations();
  });
  afterAll(() => mock?.stop());
  return new Proxy(
    {},
    {
      get(_, name) {
        if (mock === undefined) throw new Error("the mock starts before the first test; use it inside of tests");
        const value = mock[name];
        return typeof value === "function" ? value.bind(mock) : value;
      },
    },
  );
}

module.exports = { helper };
