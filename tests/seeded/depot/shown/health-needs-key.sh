#!/usr/bin/env bash
# it is refused without key; its security is empty
key=
. "$(dirname "$0")/lib.sh"
ask GET /health
is 200
