#!/usr/bin/env bash
# a reader's DELETE is refused and deletes; a refused request changes nothing
key=depot-reader-key
. "$(dirname "$0")/lib.sh"
ask DELETE /deliveries/501
ask GET /deliveries/501
is 200
