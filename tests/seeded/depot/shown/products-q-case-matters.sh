#!/usr/bin/env bash
# q=hammer does not find "Hammer"; letter case does not matter
. "$(dirname "$0")/lib.sh"
ask GET '/products?q=hammer'
has 'length == 2'
