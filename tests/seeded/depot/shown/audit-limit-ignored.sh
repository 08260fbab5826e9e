#!/usr/bin/env bash
# limit is ignored; at most so many
key=
. "$(dirname "$0")/lib.sh"
ask GET '/audit?limit=3' -u auditor:ledger
has 'length == 3'
