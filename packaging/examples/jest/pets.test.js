const { check, keyWith } = require("counterpart-openapi");
const { useMock } = require("counterpart-openapi/jest");

const mock = useMock({ document: "../pets.yaml", stateful: true, args: ["--auth", "scopes"] });

async function add(token, pet) {
  return fetch(`${mock.url}/pets`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify(pet),
  });
}

test("a pet is added", async () => {
  const answer = await add(keyWith("pets:write"), { name: "Rex" });
  expect(answer.status).toBe(201);
  expect(await answer.json()).toMatchObject({ name: "Rex" });
});

test("a key without the scope is refused", async () => {
  expect((await add(keyWith("pets:read"), { name: "Rex" })).status).toBe(403);
  expect(await mock.requests()).toHaveLength(1);
});

test("a check of the mock finds nothing", async () => {
  const result = await check({ document: "../pets.yaml", url: mock.session("checked").url, mint: "mock:{scopes}" });
  expect(result.findings).toEqual([]);
}, 60_000);
