#!/usr/bin/env bash
# heated=maybe is accepted and ignored; it is a boolean, and 400 is documented
. "$(dirname "$0")/lib.sh"
ask GET '/warehouses?heated=maybe'
is 400
