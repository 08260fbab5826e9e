#!/usr/bin/env bash
# a user who is no auditor is answered; auditors only, 403
key=
. "$(dirname "$0")/lib.sh"
ask GET /audit -u porter:trolley
is 403
