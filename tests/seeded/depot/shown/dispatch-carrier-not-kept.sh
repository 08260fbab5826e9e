#!/usr/bin/env bash
# the carrier is not kept; it is what is sent
. "$(dirname "$0")/lib.sh"
new_delivery
dispatch
need 200
ask GET "/deliveries/$id"
has '.carrier == "Posten"'
