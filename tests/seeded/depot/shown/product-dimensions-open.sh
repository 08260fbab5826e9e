#!/usr/bin/env bash
# an unknown member of dimensions is accepted; that schema is closed
. "$(dirname "$0")/lib.sh"
try_product '{"dimensions":{"width":1,"height":1,"weight":1}}'
is 422
