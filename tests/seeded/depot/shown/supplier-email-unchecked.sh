#!/usr/bin/env bash
# "nobody" is accepted as email; it is not an address
. "$(dirname "$0")/lib.sh"
form POST /suppliers 'name=Test&email=nobody'
is 422
