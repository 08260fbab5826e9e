#!/usr/bin/env bash
# every replacement is refused with 422; the form is as documented
. "$(dirname "$0")/lib.sh"
new_supplier
put_supplier
is 200
