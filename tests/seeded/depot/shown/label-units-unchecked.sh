#!/usr/bin/env bash
# an unknown X-Unit-System is accepted; the enum lacks it
. "$(dirname "$0")/lib.sh"
ask GET /products/1001/label -H 'X-Unit-System: cubits'
is 400
