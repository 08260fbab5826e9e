"""What Prefect holds, kind by kind; only events are left out, as the server makes them itself."""

KINDS = (
    "artifacts",
    "automations",
    "block_documents",
    "block_schemas",
    "block_types",
    "concurrency_limits",
    "deployments",
    "flow_runs",
    "flows",
    "logs",
    "saved_searches",
    "task_runs",
    "v2/concurrency_limits",
    "variables",
    "work_pools",
    "work_queues",
)
# Worked out by the server from the time of day, or from what else exists: a new queue moves the
# priorities of the others in its pool.
MOVING = {
    "avg_slot_occupancy_seconds",
    "estimated_run_time",
    "estimated_start_time_delta",
    "last_heartbeat_time",
    "last_polled",
    "priority",
    "status",
    "updated",
}
AT_ONCE = 200


def seed(target) -> None:
    flow = target.post("/flows/", {"name": "nightly"})["id"]
    target.post("/work_pools/", {"name": "machines", "type": "process"})
    target.post("/work_queues/", {"name": "urgent"})
    target.post("/deployments/", {"name": "production", "flow_id": flow, "work_pool_name": "machines"})
    run = target.post("/flow_runs/", {"flow_id": flow, "name": "monday", "state": {"type": "COMPLETED"}})["id"]
    task = {"flow_run_id": run, "task_key": "load", "dynamic_key": "0", "name": "load-0"}
    target.post("/task_runs/", task)
    target.post("/variables/", {"name": "region", "value": "north"})
    target.post("/concurrency_limits/", {"tag": "database", "concurrency_limit": 3})
    target.post("/v2/concurrency_limits/", {"name": "api", "limit": 3})
    target.post("/artifacts/", {"key": "summary", "type": "markdown", "data": "# Monday"})
    trigger = {"type": "event", "posture": "Reactive", "expect": ["none.such"], "threshold": 1, "within": 0}
    target.post("/automations/", {"name": "watch", "trigger": trigger, "actions": [{"type": "do-nothing"}]})


def look(target) -> dict:
    found = {}

    def everything(collection: str) -> list:
        got = []
        while True:
            page = target.post(f"{collection}/filter", {"limit": AT_ONCE, "offset": len(got)})
            got += page
            if len(page) < AT_ONCE:
                return got

    def note(path: str, thing: dict) -> None:
        names = [path.rsplit("/", 1)[1], *(thing[key] for key in ("name", "key", "slug", "tag") if thing.get(key))]
        found[path] = {"names": names, "is": {key: thing[key] for key in thing if key not in MOVING}}

    for kind in KINDS:
        for thing in everything(f"/{kind}"):
            note(f"/{kind}/{thing['id']}", thing)
    for deployment in everything("/deployments"):
        for schedule in deployment.get("schedules") or []:
            note(f"/deployments/{deployment['id']}/schedules/{schedule['id']}", schedule)
    for run in everything("/flow_runs"):
        inputs = target.post(f"/flow_runs/{run['id']}/input/filter", {"prefix": "", "limit": AT_ONCE})
        for entry in inputs:
            note(f"/flow_runs/{run['id']}/input/{entry['key']}", {"value": entry.get("value")})
    for pool in everything("/work_pools"):
        for worker in everything(f"/work_pools/{pool['name']}/workers"):
            note(f"/work_pools/{pool['name']}/workers/{worker['name']}", {})
    found["/admin/storage"] = {"names": [], "is": target.get("/admin/storage")}
    return found


def spoil(target) -> None:
    """Changes one thing, removes one and adds one, to show that `look` sees it."""
    target.ask("PATCH", "/work_pools/machines", {"description": "spoilt"})
    target.ask("DELETE", "/variables/name/region")
    target.post("/flows/", {"name": "of nobody"})
