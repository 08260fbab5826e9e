#!/usr/bin/env bash
# rel="next" loses the filters; its address keeps all other parameters
. "$(dirname "$0")/lib.sh"
ask GET '/products?status=active&limit=5'
header 'Link: .*status=active.*'
