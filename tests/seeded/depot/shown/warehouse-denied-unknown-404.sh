#!/usr/bin/env bash
# a clerk's DELETE of an unknown warehouse is answered with 404 and tells that it is not there; too weak a key gets 403 whether it exists or not
key=depot-clerk-key
. "$(dirname "$0")/lib.sh"
ask DELETE /warehouses/QQQ-99
is 403
