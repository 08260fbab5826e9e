#!/usr/bin/env bash
# the answer says dispatched, and it is not kept
. "$(dirname "$0")/lib.sh"
new_delivery
dispatch
need 200
ask GET "/deliveries/$id"
has '.status == "dispatched"'
