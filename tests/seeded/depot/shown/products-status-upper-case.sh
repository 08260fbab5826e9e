#!/usr/bin/env bash
# status is in capitals; the enum has small letters
. "$(dirname "$0")/lib.sh"
ask GET /products
has 'all(.[]; .status == (.status|ascii_downcase))'
