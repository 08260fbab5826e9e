#!/usr/bin/env bash
# a replacement is answered with 201; it is 200
. "$(dirname "$0")/lib.sh"
new_warehouse
put_warehouse
is 200
