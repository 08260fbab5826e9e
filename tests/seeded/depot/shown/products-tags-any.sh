#!/usr/bin/env bash
# products with one of several tags are listed; they must have all
. "$(dirname "$0")/lib.sh"
ask GET '/products?tags=tools%7Csteel'
has 'all(.[]; (.tags|index("tools")) and (.tags|index("steel")))'
