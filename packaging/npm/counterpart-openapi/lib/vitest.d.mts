import type { HelperOptions, Mock } from "./index.js";

/** A mock for the tests of this file; call it outside of them. */
export function useMock(options?: HelperOptions): Mock;
