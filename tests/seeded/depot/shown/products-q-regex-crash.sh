#!/usr/bin/env bash
# a search for "(" is answered with 500 (it is used as a regular expression); any text may be searched
. "$(dirname "$0")/lib.sh"
ask GET '/products?q=%28'
is 200
