#!/usr/bin/env bash
# since=yesterday is accepted; it is a date-time
key=
. "$(dirname "$0")/lib.sh"
ask GET '/audit?since=yesterday' -u auditor:ledger
is 400
