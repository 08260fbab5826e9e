#!/usr/bin/env bash
# an empty form is answered with 500; required fields are missing, 422
. "$(dirname "$0")/lib.sh"
form POST /suppliers ''
is 422
