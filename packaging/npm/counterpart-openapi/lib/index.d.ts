/** How the program is started. */
export interface Common {
  /** The document: a path, an address, or core-7, the bundled one. Several for a mock as "/PREFIX=PATH". */
  document?: string | string[];
  /** A keys file. */
  keys?: string;
  /** Further flags, as on the command line. */
  args?: string[];
  /** The folder in which counterpart.toml is looked for. */
  cwd?: string;
  /** Variables beside those of this process. */
  env?: Record<string, string>;
}

export interface MockOptions extends Common {
  /** Whether created objects can be read, listed, changed and deleted. */
  stateful?: boolean;
  /** The folder of fixtures. */
  fixtures?: string;
  /** The scenario that is active at first. */
  scenario?: string;
  /** How long a start may take, in milliseconds; 30000 unless you say otherwise. */
  startTimeout?: number;
}

export interface HelperOptions extends MockOptions {
  /** Whether a test fails whose requests broke the document; "fail" unless you say otherwise. */
  violations?: "fail" | "ignore";
}

/** What kept a request from the document. */
export interface Violation {
  in: string;
  pointer: string;
  message: string;
}

/** A request in the journal of a mock. */
export interface JournalEntry {
  id: number;
  at: string;
  session: string | null;
  operation: string | null;
  method: string;
  url: string;
  path: string;
  query: string | null;
  headers: Record<string, unknown>;
  body: unknown;
  key: string | null;
  status: number;
  source: string;
  violations: Violation[];
  [more: string]: unknown;
}

export interface RequestFilter {
  operation?: string;
  status?: number;
  key?: string;
  violations?: boolean;
}

/** An answer to the next calls of an operation. */
export interface Answer {
  operation: string;
  /** How many calls; all of them if it is left out. */
  times?: number;
  code?: number;
  headers?: Record<string, string>;
  /** The name of an example or a fixture. */
  example?: string;
  body?: unknown;
  /** Seconds, or a time such as "300ms". */
  delay?: number | string;
}

export interface Mock {
  /** The address to call. */
  readonly url: string;
  /** The address of the mock, the same for every session. */
  readonly origin: string;
  /** The same mock with a state, a journal and set answers of its own. */
  session(name: string): Mock;
  /** What was requested, oldest first. */
  requests(filter?: RequestFilter): Promise<JournalEntry[]>;
  setAnswer(answer: Answer): Promise<void>;
  /** Activates a scenario of the configuration; null for none. */
  setScenario(name: string | null): Promise<void>;
  state(): Promise<Record<string, unknown>>;
  setState(collections: Record<string, unknown[]>): Promise<void>;
  /** Empties the journal, removes set answers, and resets the state. */
  reset(): Promise<void>;
  /** Throws when a request broke the document. */
  assertNoViolations(): Promise<void>;
  /** The end of what the mock said on stderr. */
  log(): string;
  /** Stops it; all sessions end. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts a mock on a free port. */
export function startMock(options?: MockOptions): Promise<Mock>;

export interface CheckOptions extends Common {
  /** The address to which the document's paths are appended. */
  url: string;
  /** A template of keys, such as "mock:{scopes}". */
  mint?: string;
  /** Whether only safe requests are sent. */
  readOnly?: boolean;
  /** Operations, tags, rules or paths to check; all if it is left out. */
  only?: string[];
  /** Operations, tags, rules or paths to leave out. */
  skip?: string[];
  /** Ends the check; it deletes what it created, and check() throws. */
  signal?: AbortSignal;
}

/** What is wrong with a target. docs/report.schema.json has all members. */
export interface Finding {
  id: string;
  rule: string;
  operation: string;
  severity: string;
  message: string;
  [more: string]: unknown;
}

export interface CheckResult {
  /** Whether nothing was found and nothing was left open. */
  conforms: boolean;
  /** 0: conforms, 1: findings, 4: inconclusive. */
  code: 0 | 1 | 4;
  findings: Finding[];
  /** The whole report, as docs/report.schema.json describes it. */
  report: Record<string, unknown>;
  /** The end of what the program said beside it. */
  stderr: string;
}

/** Checks a target. Throws a CounterpartError when the check could not be made (exit codes 2, 3 and 130). */
export function check(options: CheckOptions): Promise<CheckResult>;

/** The path of the binary for this platform. */
export function binaryPath(): string;

/** A credential that carries just these scopes; the mock knows it without a keys file. */
export function keyWith(...scopes: string[]): string;

/** The program could not do what it was asked for. */
export class CounterpartError extends Error {
  /** Its exit code; null where it was ended. */
  readonly code: number | null;
  /** The end of what it said on stderr. */
  readonly stderr: string;
}
