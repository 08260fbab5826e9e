#!/usr/bin/env bash
# Basic credentials without a colon are answered with 500; 401 is documented
key=
. "$(dirname "$0")/lib.sh"
ask GET /audit -H 'Authorization: Basic YQ=='
is 401
