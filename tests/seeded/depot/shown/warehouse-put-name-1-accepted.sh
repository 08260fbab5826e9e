#!/usr/bin/env bash
# a name of 1 character is accepted on replacing; minLength is 2
. "$(dirname "$0")/lib.sh"
new_warehouse
put_warehouse '{"name":"a"}'
is 422
