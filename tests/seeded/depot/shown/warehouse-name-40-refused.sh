#!/usr/bin/env bash
# a name of 40 characters is refused; maxLength is 40
. "$(dirname "$0")/lib.sh"
try_warehouse "{\"name\":\"$(times 40 a)\"}"
is 201
