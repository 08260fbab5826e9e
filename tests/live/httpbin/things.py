"""httpbin keeps nothing: it only has to answer as before."""


def seed(target) -> None:
    target.get("/get")


def look(target) -> dict:
    return {"/anything": {"names": [], "is": target.get("/anything")["method"]}}
