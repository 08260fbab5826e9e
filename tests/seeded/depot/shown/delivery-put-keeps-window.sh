#!/usr/bin/env bash
# a window that a replacement leaves out stays; it is removed
. "$(dirname "$0")/lib.sh"
new_delivery '{"window":{"from":"08:00","to":"09:00"}}'
put_delivery
need 200
has 'has("window")|not'
