#!/usr/bin/env bash
# there is a member internalCost; the schema is closed
. "$(dirname "$0")/lib.sh"
ask GET /products/1001
has 'has("internalCost")|not'
