#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

new ticket
patch "/tickets/$id" '{"billable": false, "estimate": 1}'
need 422
get "/tickets/$id"
body_tells '.data.billable == true'
