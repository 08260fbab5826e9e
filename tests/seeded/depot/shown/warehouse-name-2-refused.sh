#!/usr/bin/env bash
# a name of 2 characters is refused; minLength is 2
. "$(dirname "$0")/lib.sh"
try_warehouse '{"name":"Ål"}'
is 201
