#!/usr/bin/env bash
# X-Total-Count is "8 suppliers"; it is an integer
. "$(dirname "$0")/lib.sh"
ask GET /suppliers
header 'X-Total-Count: [0-9]+'
