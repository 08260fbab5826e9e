#!/usr/bin/env bash
# opening hours of 7 days are refused; maxProperties is 7
. "$(dirname "$0")/lib.sh"
try_warehouse "$(jq -cn '{opening_hours: ([range(7)|{key:"day\(.)",value:{opens:"08:00",closes:"16:00"}}]|from_entries)}')"
is 201
