#!/usr/bin/env bash
# replacing a dispatched delivery makes it planned; status stays
. "$(dirname "$0")/lib.sh"
new_delivery
dispatch
need 200
put_delivery '{"version":2}'
need 200
has '.status == "dispatched"'
