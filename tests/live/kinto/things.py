"""What Kinto holds: accounts, buckets, and what stands in buckets."""

BODY = {"data": {}}


def seed(target) -> None:
    for user in ("keeper", "guest"):
        target.put(f"/accounts/{user}", {"data": {"password": "secret"}})
    keeper = target.signed_in("keeper", "secret")
    keeper.put("/buckets/library", {"data": {"floor": 1}, "permissions": {"read": ["account:guest"]}})
    keeper.put("/buckets/library/groups/readers", {"data": {"members": ["account:guest"]}})
    keeper.put("/buckets/library/collections/books", BODY)
    keeper.put("/buckets/library/collections/books/records/first", {"data": {"title": "Emma"}})


def look(target) -> dict:
    keeper = target.signed_in("keeper", "secret")
    found = {}

    def below(collection: str) -> list:
        """The paths of what a list holds, each looked at alone, permissions included."""
        paths = [f"{collection}/{entry['id']}" for entry in keeper.get(collection)["data"]]
        for path in paths:
            found[path] = {"names": [path.rsplit("/", 1)[1]], "is": keeper.get(path)}
        return paths

    for entry in keeper.get("/accounts")["data"]:
        found[f"/accounts/{entry['id']}"] = {"names": [entry["id"]], "is": entry}
    for bucket in below("/buckets"):
        below(f"{bucket}/groups")
        for collection in below(f"{bucket}/collections"):
            below(f"{collection}/records")
    return found


def spoil(target) -> None:
    """Changes one thing, removes one and adds one, to show that `look` sees it."""
    keeper = target.signed_in("keeper", "secret")
    keeper.put("/buckets/library/collections/books/records/first", {"data": {"title": "Persuasion"}})
    keeper.ask("DELETE", "/buckets/library/groups/readers")
    keeper.put("/buckets/attic", BODY)
