#!/usr/bin/env bash
# the status stays planned; it becomes dispatched
. "$(dirname "$0")/lib.sh"
new_delivery
dispatch
need 200
has '.status == "dispatched"'
