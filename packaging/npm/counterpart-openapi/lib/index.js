"use strict";

const { spawn } = require("node:child_process");
const { createInterface } = require("node:readline");
const { binaryPath } = require("./binary.js");

/** How much of what the program says on stderr is kept, in characters. */
const MAX_SAID = 64 * 1024;

class CounterpartError extends Error {
  constructor(message, code, stderr) {
    super(message);
    this.name = "CounterpartError";
    this.code = code;
    this.stderr = stderr;
  }
}

/** Mocks that run; what forgets to stop one must not leave it behind. */
const running = new Set();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

function documents(document) {
  if (document === undefined) return [];
  return Array.isArray(document) ? document : [document];
}

/** Starts the program and keeps the end of what it says on stderr. */
function start(args, { cwd, env } = {}) {
  const child = spawn(binaryPath(), args, {
    cwd,
    env: { ...process.env, NO_COLOR: "1", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  child.stderr.setEncoding("utf8");
  child.stderr.on("data", (text) => {
    said = (said + text).slice(-MAX_SAID);
  });
  const ended = new Promise((resolve) => {
    child.on("error", (error) => resolve({ code: null, why: error.message }));
    child.on("close", (code, signal) => resolve({ code, why: signal ? `ended by ${signal}` : `exit ${code}` }));
  });
  return { child, ended, said: () => said.trim() };
}

async function answered(response) {
  const text = await response.text();
  if (!response.ok) throw new CounterpartError(`the mock answered ${response.status}: ${text}`, null, "");
  return text ? JSON.parse(text) : undefined;
}

class Mock {
  #program;
  #session;
  #stopping;

  constructor(program, origin, session) {
    this.#program = program;
    this.#session = session;
    this.origin = origin;
    this.url = session === undefined ? origin : `${origin}/__session/${encodeURIComponent(session)}`;
  }

  session(name) {
    return new Mock(this.#program, this.origin, name);
  }

  log() {
    return this.#program.said();
  }

  async #control(method, path, query = {}, body = undefined) {
    const asked = new URLSearchParams(query);
    if (this.#session !== undefined) asked.set("session", this.#session);
    const init = { method };
    if (body !== undefined) {
      init.body = JSON.stringify(body);
      init.headers = { "content-type": "application/json" };
    }
    return answered(await fetch(`${this.origin}/__counterpart/${path}?${asked}`, init));
  }

  async requests(filter = {}) {
    const query = Object.entries(filter).filter(([, value]) => value !== undefined);
    const told = await this.#control("GET", "requests", Object.fromEntries(query.map(([k, v]) => [k, String(v)])));
    return told.requests;
  }

  setAnswer(answer) {
    return this.#control("POST", "answers", {}, answer).then(() => undefined);
  }

  setScenario(name) {
    return this.#control("PUT", "scenario", {}, { name }).then(() => undefined);
  }

  state() {
    return this.#control("GET", "state");
  }

  setState(collections) {
    return this.#control("PUT", "state", {}, collections).then(() => undefined);
  }

  async reset() {
    for (const what of ["requests", "answers", "state"]) await this.#control("DELETE", what);
  }

  async assertNoViolations() {
    const broken = await this.requests({ violations: true });
    if (broken.length === 0) return;
    const lines = broken.flatMap((request) =>
      request.violations.map(({ message }) => {
        const path = request.path.replace(/^\/__session\/[^/]+/, "");
        return `  ${request.method} ${path} · ${message}`;
      }),
    );
    throw new CounterpartError(
      `${broken.length === 1 ? "1 request" : `${broken.length} requests`} broke the document\n${lines.join("\n")}`,
      1,
      "",
    );
  }

  async stop() {
    this.#stopping ??= (async () => {
      const { child, ended } = this.#program;
      child.ref();
      child.kill("SIGTERM");
      const late = setTimeout(() => child.kill("SIGKILL"), 5000);
      await ended;
      clearTimeout(late);
    })();
    await this.#stopping;
  }

  async [Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose")]() {
    await this.stop();
  }
}

async function startMock(options = {}) {
  const { document, stateful, keys, fixtures, scenario, args = [], cwd, env, startTimeout = 30000 } = options;
  const line = ["mock", ...documents(document), "--port", "0"];
  if (stateful) line.push("--stateful");
  if (keys) line.push("--keys", keys);
  if (fixtures) line.push("--fixtures", fixtures);
  if (scenario) line.push("--scenario", scenario);
  const program = start([...line, ...args], { cwd, env });
  const { child, ended, said } = program;
  running.add(child);
  ended.then(() => running.delete(child));

  let late;
  const ready = new Promise((resolve) => {
    createInterface({ input: child.stdout }).on("line", (text) => {
      const found = /^listening on (https?:\/\/\S+)/.exec(text);
      if (found) resolve({ url: found[1] });
    });
  });
  const tooLate = new Promise((resolve) => {
    late = setTimeout(() => resolve({ why: `it was not ready after ${startTimeout} ms`, code: null }), startTimeout);
  });
  const came = await Promise.race([ready, ended, tooLate]);
  clearTimeout(late);
  if (came.url === undefined) {
    child.kill("SIGKILL");
    throw new CounterpartError(`the mock did not start (${came.why})\n${said()}`, came.code, said());
  }
  // A mock alone does not keep a program from ending.
  child.unref();
  child.stdout.unref?.();
  child.stderr.unref?.();
  return new Mock(program, came.url);
}

async function check(options = {}) {
  const { document, url, keys, mint, readOnly, skip = [], only = [], args = [], cwd, env, signal } = options;
  if (!url) throw new TypeError("check needs the address of a target: check({ url })");
  const line = ["check", ...documents(document), "--url", url, "--report", "json"];
  if (keys) line.push("--keys", keys);
  if (mint) line.push("--mint", mint);
  if (readOnly) line.push("--read-only");
  for (const word of only) line.push("--only", word);
  for (const word of skip) line.push("--skip", word);
  const { child, ended, said } = start([...line, ...args], { cwd, env });
  const abort = () => child.kill("SIGINT");
  signal?.addEventListener("abort", abort, { once: true });
  if (signal?.aborted) abort();
  const parts = [];
  child.stdout.on("data", (part) => parts.push(part));
  const { code, why } = await ended;
  signal?.removeEventListener("abort", abort);
  if (code !== 0 && code !== 1 && code !== 4) {
    throw new CounterpartError(`the check could not be made (${why})\n${said()}`, code, said());
  }
  const report = JSON.parse(Buffer.concat(parts).toString("utf8"));
  return { conforms: code === 0, code, findings: report.findings, report, stderr: said() };
}

/** A credential that carries just these scopes; the mock knows it without a keys file. */
function keyWith(...scopes) {
  return `mock:${scopes.join("+")}`;
}

module.exports = { startMock, check, binaryPath, keyWith, CounterpartError };
