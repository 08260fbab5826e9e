#!/usr/bin/env bash
# an empty or missing key is accepted; it needs a key
key=
. "$(dirname "$0")/lib.sh"
ask GET /suppliers
is 401
