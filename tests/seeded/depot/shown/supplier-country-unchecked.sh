#!/usr/bin/env bash
# an unknown country in the form is accepted; the enum lacks it
. "$(dirname "$0")/lib.sh"
try_supplier '&country=XX'
is 422
