#!/usr/bin/env bash
# a JSON body is accepted; only a form is documented, else 415
. "$(dirname "$0")/lib.sh"
json POST /suppliers '{"name":"Test","email":"a@test.example"}'
is 415
