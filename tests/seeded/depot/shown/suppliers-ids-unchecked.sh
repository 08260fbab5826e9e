#!/usr/bin/env bash
# an id that is no integer is accepted; items are integers from 1
. "$(dirname "$0")/lib.sh"
ask GET '/suppliers?ids=1%20x'
is 400
