#!/usr/bin/env bash
# an unknown status is accepted; the enum lacks it
. "$(dirname "$0")/lib.sh"
ask GET '/products?status=lost'
is 400
