#!/usr/bin/env bash
# an unknown member is accepted; the schema is closed
. "$(dirname "$0")/lib.sh"
try_product '{"colour":"red"}'
is 422
