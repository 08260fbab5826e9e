#!/usr/bin/env bash
# a refused PATCH changes the name all the same; a refused request changes nothing
. "$(dirname "$0")/lib.sh"
new_product
patch_product '{"name":"Other","price":-1}'
need 422
ask GET "/products/$id"
has '.name == "Test"'
