#!/usr/bin/env bash
# supplier_id is a text; it is an integer
. "$(dirname "$0")/lib.sh"
ask GET /suppliers
has 'all(.[]; .supplier_id|type == "number")'
