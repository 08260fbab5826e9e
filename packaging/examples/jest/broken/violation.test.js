// Must fail: packaging/try runs it to see that a test whose request breaks the document does not pass.
const { keyWith } = require("counterpart-openapi");
const { useMock } = require("counterpart-openapi/jest");

const mock = useMock({ document: "../pets.yaml" });

test("a request breaks the document", async () => {
  await fetch(`${mock.url}/pets?limt=3`, { headers: { authorization: `Bearer ${keyWith("pets:read")}` } });
  await fetch(`${mock.url}/pets/none`, { headers: { authorization: `Bearer ${keyWith("pets:read")}` } });
});
