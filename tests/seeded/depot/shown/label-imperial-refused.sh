#!/usr/bin/env bash
# the header X-Unit-System: imperial is refused; the enum has it
. "$(dirname "$0")/lib.sh"
ask GET /products/1001/label -H 'X-Unit-System: imperial'
is 200
