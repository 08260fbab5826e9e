#!/usr/bin/env bash
# a request without body is accepted; the body is required
. "$(dirname "$0")/lib.sh"
ask POST /warehouses/OSL-01/stocktakes -H 'Content-Type: application/json'
is 400 422 415
