#!/usr/bin/env bash
# an encoded emoji in the path is answered with 500; it is an unknown code, 404
. "$(dirname "$0")/lib.sh"
ask GET '/warehouses/%F0%9F%93%A6'
is 404
