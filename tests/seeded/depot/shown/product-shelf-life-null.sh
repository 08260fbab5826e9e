#!/usr/bin/env bash
# shelfLife is null where there is none; it is not nullable
. "$(dirname "$0")/lib.sh"
ask GET /products/1001
has 'has("shelfLife")|not'
