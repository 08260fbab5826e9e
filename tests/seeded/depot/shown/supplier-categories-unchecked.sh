#!/usr/bin/env bash
# an unknown category is accepted; items are of the enum
. "$(dirname "$0")/lib.sh"
try_supplier '&categories=tools&categories=moon'
is 422
