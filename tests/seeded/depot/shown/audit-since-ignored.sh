#!/usr/bin/env bash
# since filters nothing out
key=
. "$(dirname "$0")/lib.sh"
ask GET '/audit?since=2026-01-20T00:00:00Z' -u auditor:ledger
has 'length == 2'
