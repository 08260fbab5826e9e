#!/usr/bin/env bash
# a second DELETE is answered with 204; it is 404
. "$(dirname "$0")/lib.sh"
new_supplier
ask DELETE "/suppliers/$id"
need 204
ask DELETE "/suppliers/$id"
is 404
