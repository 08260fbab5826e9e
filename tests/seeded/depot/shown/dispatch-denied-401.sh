#!/usr/bin/env bash
# a reader is answered with 401; it is 403
key=depot-reader-key
. "$(dirname "$0")/lib.sh"
id=501
dispatch
is 403
