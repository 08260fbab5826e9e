#!/usr/bin/env bash
# opened_on is kept a day earlier (a time zone); what was sent is kept
. "$(dirname "$0")/lib.sh"
new_warehouse '{"opened_on":"2026-03-01"}'
ask GET /warehouses/ZZZ-01
has '.opened_on == "2026-03-01"'
