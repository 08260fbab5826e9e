#!/usr/bin/env bash
# an unknown field is accepted; the form is closed
. "$(dirname "$0")/lib.sh"
try_supplier '&fax=1'
is 422
