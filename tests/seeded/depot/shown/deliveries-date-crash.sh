#!/usr/bin/env bash
# a date that does not exist is answered with 500; 400 is documented
. "$(dirname "$0")/lib.sh"
ask GET '/deliveries?arrives_from=2026-13-45'
is 400
