#!/usr/bin/env bash
# "2 hours" is accepted as notify_before; it is an ISO 8601 duration
. "$(dirname "$0")/lib.sh"
try_delivery '{"notify_before":"2 hours"}'
is 422
