#!/usr/bin/env bash
# a warehouse without capacity gets 100; the default is 1000
. "$(dirname "$0")/lib.sh"
new_warehouse
has '.capacity == 1000'
