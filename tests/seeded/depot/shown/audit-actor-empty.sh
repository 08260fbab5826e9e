#!/usr/bin/env bash
# the eighth entry has an empty actor; minLength is 1
key=
. "$(dirname "$0")/lib.sh"
ask GET /audit -u auditor:ledger
has 'all(.[]; .actor != "")'
