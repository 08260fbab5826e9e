#!/usr/bin/env bash
# a search text of 31 characters is accepted; maxLength is 30
. "$(dirname "$0")/lib.sh"
ask GET "/products?q=$(times 31 a)"
is 400
