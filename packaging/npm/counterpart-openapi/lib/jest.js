"use strict";

const { helper } = require("./helper.js");

/** A mock for the tests of this file. */
function useMock(options) {
  return helper(require("@jest/globals"), options);
}

module.exports = { useMock };
