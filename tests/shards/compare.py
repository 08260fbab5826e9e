"""Compares what is planned for each of eight shards, by `check --plan --report json --shard K/8`."""

import json
import subprocess
import sys

COUNT = 8
MOST = 1.3
binary, *documents = sys.argv[1:]
failed = False
for document in documents:
    owners, totals = {}, []
    for index in range(1, COUNT + 1):
        words = ["check", document, "--url", "http://127.0.0.1:9", "--plan", "--report", "json"]
        words += ["--shard", f"{index}/{COUNT}"]
        plan = json.loads(subprocess.run([binary, *words], check=True, capture_output=True).stdout)
        parts = [plan["requests"], plan["sequences"], *plan["last"].values(), plan["unplanned"]]
        for operation in {one["operation"] for part in parts for one in part}:
            owners.setdefault(operation, set()).add(index)
        totals.append(plan["totals"])
    several = [operation for operation, shards in owners.items() if len(shards) > 1]
    print(f"{document}: {len(owners)} operations")
    for name, what in [("usual", "planned requests"), ("at_most", "at most"), ("requests", "of these single ones")]:
        counts = [one[name] for one in totals]
        ratio = max(counts) * COUNT / sum(counts)
        print(f"  {what}: {' '.join(map(str, counts))}; the longest has {ratio:.3f} times the mean")
        failed |= name != "requests" and ratio > MOST
    if several:
        print(f"  in several shards: {' '.join(several)}")
        failed = True
sys.exit(failed)
