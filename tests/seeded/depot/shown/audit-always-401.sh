#!/usr/bin/env bash
# the right password is answered with 401; auditors may read
key=
. "$(dirname "$0")/lib.sh"
ask GET /audit -u auditor:ledger
is 200
