#!/usr/bin/env bash
# created_at is missing; it is required
. "$(dirname "$0")/lib.sh"
ask GET /warehouses/OSL-01
has 'has("created_at")'
