#!/usr/bin/env bash
# status=retired filters nothing out; the other values work
. "$(dirname "$0")/lib.sh"
ask GET '/products?status=retired'
has 'all(.[]; .status == "retired")'
