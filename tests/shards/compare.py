"""Compares what is planned for each of eight shards, by `check --plan --report json --shard K/8`.

Each operation must belong to one shard, to the same one where the paths come in another order, and no shard may have
much more to do than the others.
"""

import json
import pathlib
import random
import subprocess
import sys
import tempfile

COUNT = 8
MOST = 1.3
binary, *documents = sys.argv[1:]


def planned(document):
    """The shards of each operation, and the totals of each shard."""
    owners, totals = {}, []
    for index in range(1, COUNT + 1):
        words = ["check", document, "--url", "http://127.0.0.1:9", "--plan", "--report", "json"]
        words += ["--shard", f"{index}/{COUNT}"]
        plan = json.loads(subprocess.run([binary, *words], check=True, capture_output=True).stdout)
        parts = [plan["requests"], plan["sequences"], *plan["last"].values(), plan["unplanned"]]
        for operation in {one["operation"] for part in parts for one in part}:
            owners.setdefault(operation, set()).add(index)
        totals.append(plan["totals"])
    return owners, totals


def shuffled(document, folder):
    """A copy of a document with its paths in another order."""
    tree = json.loads(pathlib.Path(document).read_text())
    paths = list(tree["paths"].items())
    random.Random(1).shuffle(paths)
    copy = pathlib.Path(folder) / pathlib.Path(document).name
    copy.write_text(json.dumps({**tree, "paths": dict(paths)}))
    return str(copy)


failed = False
for document in documents:
    owners, totals = planned(document)
    print(f"{document}: {len(owners)} operations")
    for name, what in [("usual", "planned requests"), ("at_most", "at most"), ("requests", "of these single ones")]:
        counts = [one[name] for one in totals]
        ratio = max(counts) * COUNT / sum(counts)
        print(f"  {what}: {' '.join(map(str, counts))}; the longest has {ratio:.3f} times the mean")
        failed |= ratio > MOST
    with tempfile.TemporaryDirectory() as folder:
        others, _ = planned(shuffled(document, folder))
    moved = [operation for operation, shards in owners.items() if shards != others.get(operation)]
    several = [operation for operation, shards in owners.items() if len(shards) > 1]
    print(f"  in several shards: {len(several)}; in another one where the paths come in another order: {len(moved)}")
    failed |= bool(several or moved)
sys.exit(failed)
