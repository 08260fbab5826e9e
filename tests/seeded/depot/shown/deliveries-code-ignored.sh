#!/usr/bin/env bash
# warehouse_code filters nothing out
. "$(dirname "$0")/lib.sh"
ask GET '/deliveries?warehouse_code=STO-01'
has 'all(.[]; .warehouse_code == "STO-01")'
