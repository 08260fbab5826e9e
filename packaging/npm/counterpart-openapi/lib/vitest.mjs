import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import module from "./helper.js";

/** A mock for the tests of this file. */
export function useMock(options) {
  return module.helper({ beforeAll, beforeEach, afterEach, afterAll }, options);
}
