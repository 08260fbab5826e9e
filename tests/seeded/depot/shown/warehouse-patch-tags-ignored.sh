#!/usr/bin/env bash
# tags are not changed by PATCH; the schema has them
. "$(dirname "$0")/lib.sh"
new_warehouse
patch_warehouse '{"tags":["b"]}'
has '.tags == ["b"]'
