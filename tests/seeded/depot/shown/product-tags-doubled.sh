#!/usr/bin/env bash
# tags are repeated; items are unique
. "$(dirname "$0")/lib.sh"
ask GET /products/1001
has '.tags == (.tags|unique|sort_by(. == "steel"))'
