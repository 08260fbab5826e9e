#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

as desk-ben
get /drafts
need 200
body_tells 'all(.data[]; .owner == "ben")'
