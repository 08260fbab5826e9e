#!/usr/bin/env bash
# a deleted supplier is answered with 410; it is 404
. "$(dirname "$0")/lib.sh"
new_supplier
ask DELETE "/suppliers/$id"
need 204
ask GET "/suppliers/$id"
is 404
