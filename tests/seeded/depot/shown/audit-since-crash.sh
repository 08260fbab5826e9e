#!/usr/bin/env bash
# a bad since is answered with 500; 400 is documented
key=
. "$(dirname "$0")/lib.sh"
ask GET '/audit?since=yesterday' -u auditor:ledger
is 400
