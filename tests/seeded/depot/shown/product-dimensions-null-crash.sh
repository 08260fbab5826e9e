#!/usr/bin/env bash
# dimensions null is answered with 500; it breaks the schema, 422
. "$(dirname "$0")/lib.sh"
try_product '{"dimensions":null}'
is 422
