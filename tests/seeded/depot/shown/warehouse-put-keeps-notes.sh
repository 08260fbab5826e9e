#!/usr/bin/env bash
# notes that a replacement leaves out stay; they get their default, null
. "$(dirname "$0")/lib.sh"
new_warehouse '{"notes":"old"}'
put_warehouse
has '.notes == null'
