#!/usr/bin/env bash
# the body of 404 is {error}; it is {code, message, details}
. "$(dirname "$0")/lib.sh"
ask GET /warehouses/OSL-01/bins/Z99
has 'keys == ["code","details","message"]'
