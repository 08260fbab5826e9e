#!/usr/bin/env bash
# q is ignored when status is given; several filters are all applied
. "$(dirname "$0")/lib.sh"
ask GET '/products?q=hammer&status=active'
has 'all(.[]; .name|startswith("Hammer"))'
