#!/usr/bin/env bash
# capacity is null from the third entry on; it is not nullable
. "$(dirname "$0")/lib.sh"
ask GET /warehouses
has 'all(.[]; .capacity != null)'
