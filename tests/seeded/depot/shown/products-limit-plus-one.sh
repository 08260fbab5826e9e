#!/usr/bin/env bash
# a page has one entry more than limit
. "$(dirname "$0")/lib.sh"
ask GET '/products?limit=3'
has 'length == 3'
