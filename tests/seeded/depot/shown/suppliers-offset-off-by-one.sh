#!/usr/bin/env bash
# the second page begins with the last entry of the first; offset passes over so many
. "$(dirname "$0")/lib.sh"
ask GET '/suppliers?limit=3&offset=3'
has '[.[].supplier_id] == [4,5,6]'
