#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

new ticket
patch "/tickets/$id" '{"billable": false}'
need 200
body_tells '.data.billable == false'
