#!/usr/bin/env bash
# an unknown sort is accepted; the enum lacks it
. "$(dirname "$0")/lib.sh"
ask GET '/warehouses?sort=colour'
is 400
