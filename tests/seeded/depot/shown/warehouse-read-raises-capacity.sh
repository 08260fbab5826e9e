#!/usr/bin/env bash
# each reading raises capacity by one; a GET changes nothing
. "$(dirname "$0")/lib.sh"
new_warehouse
ask GET /warehouses/ZZZ-01
ask GET /warehouses/ZZZ-01
has '.capacity == 1000'
