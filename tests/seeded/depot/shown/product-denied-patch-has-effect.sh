#!/usr/bin/env bash
# a reader's PATCH is refused and changes; a refused request changes nothing
key=depot-reader-key
. "$(dirname "$0")/lib.sh"
id=1001
patch_product '{"name":"Other"}'
ask GET /products/1001
has '.name != "Other"'
