#!/usr/bin/env bash
# each reading raises version; only a change does
. "$(dirname "$0")/lib.sh"
new_delivery
ask GET "/deliveries/$id"
ask GET "/deliveries/$id"
has '.version == 1'
