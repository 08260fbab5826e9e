"use strict";

const { existsSync } = require("node:fs");

/** The platforms that have a package, by what Node calls them. */
const PLATFORMS = ["darwin-arm64", "darwin-x64", "linux-arm64-gnu", "linux-x64-gnu", "linux-x64-musl", "win32-x64"];

/** Whether the C library is glibc; Node's report names its version. */
function isGlibc() {
  const report = process.report.getReport();
  return Boolean((typeof report === "string" ? JSON.parse(report) : report).header.glibcVersionRuntime);
}

function platform() {
  const name = `${process.platform}-${process.arch}`;
  return process.platform === "linux" ? `${name}-${isGlibc() ? "gnu" : "musl"}` : name;
}

/**
 * The path of the binary: COUNTERPART_BINARY, else that of the package for this platform.
 */
function binaryPath() {
  const given = process.env.COUNTERPART_BINARY;
  if (given) {
    if (!existsSync(given)) throw new Error(`COUNTERPART_BINARY names ${given}, which does not exist`);
    return given;
  }
  const name = platform();
  if (!PLATFORMS.includes(name)) {
    throw new Error(
      `there is no package of Counterpart for ${name}, only for ${PLATFORMS.join(", ")}; ` +
        "build it with cargo, and name the binary in COUNTERPART_BINARY",
    );
  }
  const file = process.platform === "win32" ? "counterpart.exe" : "counterpart";
  try {
    return require.resolve(`@counterpart-openapi/${name}/bin/${file}`);
  } catch {
    throw new Error(
      `the package @counterpart-openapi/${name} is not installed; ` +
        "install again without --omit=optional, or name a binary in COUNTERPART_BINARY",
    );
  }
}

module.exports = { binaryPath, PLATFORMS };
