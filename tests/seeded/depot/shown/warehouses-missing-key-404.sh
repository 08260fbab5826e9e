#!/usr/bin/env bash
# a request without key is answered with 404; it is 401
key=
. "$(dirname "$0")/lib.sh"
ask GET /warehouses
is 401
