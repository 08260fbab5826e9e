#!/usr/bin/env bash
# new suppliers are not listed; the list has all
. "$(dirname "$0")/lib.sh"
new_supplier
ask GET '/suppliers?limit=50'
has "any(.[]; .supplier_id == $id)"
