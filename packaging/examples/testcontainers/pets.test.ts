import { fileURLToPath } from "node:url";
import { GenericContainer, type StartedTestContainer, Wait } from "testcontainers";
import { afterAll, beforeAll, expect, test } from "vitest";

const document = fileURLToPath(new URL("../pets.yaml", import.meta.url));

let mock: StartedTestContainer;
let url: string;

beforeAll(async () => {
  mock = await new GenericContainer("counterpart:0.1.0")
    .withCopyFilesToContainer([{ source: document, target: "/api/openapi.yaml" }])
    .withCommand(["mock", "openapi.yaml", "--host", "0.0.0.0", "--stateful"])
    .withExposedPorts(4010)
    .withWaitStrategy(Wait.forHealthCheck())
    .start();
  url = `http://${mock.getHost()}:${mock.getMappedPort(4010)}`;
}, 120_000);

afterAll(async () => {
  await mock?.stop();
});

test("a pet is added", async () => {
  const answer = await fetch(`${url}/pets`, {
    method: "POST",
    headers: { authorization: "Bearer mock:pets:write", "content-type": "application/json" },
    body: JSON.stringify({ name: "Rex" }),
  });
  expect(answer.status).toBe(201);
});
