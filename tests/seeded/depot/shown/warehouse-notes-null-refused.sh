#!/usr/bin/env bash
# notes null is refused; notes is nullable
. "$(dirname "$0")/lib.sh"
try_warehouse '{"notes":null}'
is 201
