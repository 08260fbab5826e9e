#!/usr/bin/env bash
# the answer shows the new homepage, and it is not kept
. "$(dirname "$0")/lib.sh"
new_product
patch_product '{"homepage":"https://test.example/"}'
need 200
ask GET "/products/$id"
has '.homepage == "https://test.example/"'
