#!/usr/bin/env bash
# dimensions.width is "11 mm"; it is an integer
. "$(dirname "$0")/lib.sh"
ask GET /products/1002
has '.dimensions.width|type == "number"'
