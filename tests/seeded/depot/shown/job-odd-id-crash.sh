#!/usr/bin/env bash
# an id that is no number is answered with 500; 404 is documented
. "$(dirname "$0")/lib.sh"
ask GET /jobs/first
is 404
