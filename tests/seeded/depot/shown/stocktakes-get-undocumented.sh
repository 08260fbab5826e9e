#!/usr/bin/env bash
# GET is answered where only POST is documented; it is 405
. "$(dirname "$0")/lib.sh"
ask GET /warehouses/OSL-01/stocktakes
is 405
