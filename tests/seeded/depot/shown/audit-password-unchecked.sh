#!/usr/bin/env bash
# any password is accepted; it must be the user's
key=
. "$(dirname "$0")/lib.sh"
ask GET /audit -u auditor:wrong
is 401
