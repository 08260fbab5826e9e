#!/usr/bin/env bash
# expires_on is a date-time; it is a date
. "$(dirname "$0")/lib.sh"
ask GET /warehouses/OSL-01/bins/A1/items
has 'all(.[]; (.expires_on // "2026-01-01")|length == 10)'
