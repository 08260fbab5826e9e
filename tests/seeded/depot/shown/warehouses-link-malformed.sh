#!/usr/bin/env bash
# addresses in Link have no angle brackets; the header has a pattern (RFC 8288)
. "$(dirname "$0")/lib.sh"
ask GET '/warehouses?limit=2'
header 'Link: <.*>; rel="next"'
