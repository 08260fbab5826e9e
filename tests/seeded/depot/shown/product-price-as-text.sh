#!/usr/bin/env bash
# price is a text; it is a number
. "$(dirname "$0")/lib.sh"
ask GET /products/1001
has '.price|type == "number"'
