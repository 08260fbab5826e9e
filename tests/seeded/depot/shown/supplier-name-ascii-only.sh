#!/usr/bin/env bash
# a name beyond ASCII is refused; the name has no pattern
. "$(dirname "$0")/lib.sh"
form POST /suppliers 'name=%D9%85%D8%AE%D8%B2%D9%86&email=a@test.example'
is 201
