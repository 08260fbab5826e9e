#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

new ticket '{"billable": false}'
body_tells '.data.billable == false'
