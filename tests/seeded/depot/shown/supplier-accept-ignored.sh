#!/usr/bin/env bash
# Accept: text/csv is answered with JSON; it is 406
. "$(dirname "$0")/lib.sh"
ask GET /suppliers/1 -H 'Accept: text/csv'
is 406
