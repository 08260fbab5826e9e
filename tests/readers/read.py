"""Reads reports with programs of others, and says what they found there: a line of JSON.

    read.py FOLDER    with junit.xml, sarif.json and har.json
"""
import json
import pathlib
import sys

import haralyzer
import junitparser
import sarif_pydantic

folder = pathlib.Path(sys.argv[1])

suites = junitparser.JUnitXml.fromfile(str(folder / "junit.xml"))
cases = [case for suite in suites for case in suite]
told = {
    "tests": suites.tests,
    "failures": suites.failures,
    "cases": len(cases),
    "failed": sorted({case.classname for case in cases if any(isinstance(r, junitparser.Failure) for r in case.result)}),
    "skipped": sum(1 for case in cases if any(isinstance(r, junitparser.Skipped) for r in case.result)),
    "reasons": sum(1 for case in cases for r in case.result if isinstance(r, junitparser.Skipped) and r.message),
    "times": all(case.time is not None for case in cases),
    "seconds": sum(case.time for case in cases),
}

log = sarif_pydantic.Sarif.model_validate_json((folder / "sarif.json").read_text())
run = log.runs[0]
told["results"] = [result.rule_id for result in run.results]
told["rules"] = {rule.id: [rule.help.text, rule.help.markdown, str(rule.help_uri)] for rule in run.tool.driver.rules}
told["files"] = sorted({l.physical_location.artifact_location.uri for r in run.results for l in r.locations if l.physical_location})
told["automation"] = json.loads((folder / "sarif.json").read_text())["runs"][0]["automationDetails"]["id"]

har = haralyzer.HarParser(json.loads((folder / "har.json").read_text()))
told["entries"] = [[entry["request"]["method"], entry["response"]["status"]] for entry in har.har_data["entries"]]
told["comments"] = " ".join(entry.get("comment", "") for entry in har.har_data["entries"])
# One after the other, none longer than a minute, and none at the beginning of time.
times = [haralyzer.HarEntry(entry).startTime for entry in har.har_data["entries"]]
told["pages"] = all(time.year > 2000 for time in times) and (max(times) - min(times)).total_seconds() < 600
print(json.dumps(told))
