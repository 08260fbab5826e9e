#!/usr/bin/env bash
# a delivery without priority gets 1; the default is 2
. "$(dirname "$0")/lib.sh"
new_delivery
has '.priority == 2'
