#!/usr/bin/env bash
# the answer has another name than the warehouse; it shows the warehouse as it is now
. "$(dirname "$0")/lib.sh"
new_warehouse
patch_warehouse '{"name":"Changed"}'
has '.name == "Changed"'
