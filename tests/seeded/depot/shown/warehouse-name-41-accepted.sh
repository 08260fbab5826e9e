#!/usr/bin/env bash
# a name of 41 characters is accepted; maxLength is 40
. "$(dirname "$0")/lib.sh"
try_warehouse "{\"name\":\"$(times 41 a)\"}"
is 422
