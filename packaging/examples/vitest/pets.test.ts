import { check, CounterpartError, keyWith, startMock } from "counterpart-openapi";
import { useMock } from "counterpart-openapi/vitest";
import { describe, expect, test } from "vitest";
import { Pets } from "./pets.js";

const document = "../pets.yaml";

describe("the client", () => {
  const mock = useMock({ document, stateful: true });
  const pets = () => new Pets(mock.url, keyWith("pets:read", "pets:write"));

  test("adds a pet and finds it", async () => {
    const rex = await pets().add({ name: "Rex", kind: "dog" });
    expect(await pets().list()).toContainEqual(rex);
    expect(await mock.requests({ operation: "createPet" })).toHaveLength(1);
  });

  test("starts without what the test before it made", async () => {
    expect(await mock.requests()).toEqual([]);
    expect((await pets().list()).map((pet) => pet.name)).not.toContain("Rex");
  });

  test("is refused without the scope", async () => {
    const reader = new Pets(mock.url, keyWith("pets:read"));
    await expect(reader.add({ name: "Tom" })).rejects.toThrow("403");
  });

  test("tells that it was slowed down", async () => {
    await mock.setAnswer({ operation: "listPets", times: 1, code: 429 });
    await expect(pets().list()).rejects.toThrow("429");
    await expect(pets().list()).resolves.toBeInstanceOf(Array);
  });

  test("shares nothing with another session", async () => {
    const other = mock.session("other");
    const rex = await new Pets(other.url, keyWith("pets:read", "pets:write")).add({ name: "Rex" });
    expect(await pets().list()).not.toContainEqual(rex);
    expect(await other.requests()).toHaveLength(1);
  });
});

describe("a mock by itself", () => {
  test("says which requests broke the document", async () => {
    await using mock = await startMock({ document, args: ["--quiet"] });
    await fetch(`${mock.url}/pets`, {
      method: "POST",
      headers: { authorization: `Bearer ${keyWith("pets:write")}`, "content-type": "application/json" },
      body: JSON.stringify({ name: "" }),
    });
    await expect(mock.assertNoViolations()).rejects.toThrow("1 request broke the document\n  POST /pets · request.body/name: expected");
  });

  test("that cannot start says why", async () => {
    const failed = startMock({ document: "missing.yaml" });
    await expect(failed).rejects.toThrow("missing.yaml");
    await expect(failed).rejects.toMatchObject({ code: 2 });
    await expect(failed).rejects.toBeInstanceOf(CounterpartError);
  });
});

describe("a check", () => {
  test("finds nothing wrong with a server that keeps its word", async () => {
    await using server = await startMock({ document, stateful: true, args: ["--auth", "scopes"] });
    const result = await check({ document, url: server.url, mint: "mock:{scopes}" });
    expect(result.findings).toEqual([]);
    expect(result.conforms).toBe(true);
  }, 60_000);

  test("finds what is wrong", async () => {
    const args = ["--auth", "scopes", "--fault", "body-schema@getPet"];
    await using server = await startMock({ document, stateful: true, args });
    const result = await check({ document, url: server.url, mint: "mock:{scopes}" });
    expect(result.code).toBe(1);
    expect(new Set(result.findings.map((finding) => finding.rule))).toEqual(new Set(["body-schema"]));
  }, 60_000);

  test("that cannot be made says why", async () => {
    const failed = check({ document, url: "http://127.0.0.1:1", mint: "mock:{scopes}" });
    await expect(failed).rejects.toMatchObject({ name: "CounterpartError", code: 3 });
  }, 60_000);
});
