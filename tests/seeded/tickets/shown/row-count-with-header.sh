#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get /exports/tickets
need 200
healthy [ "$(header x-row-count)" = 26 ]
