#!/usr/bin/env bash
# an address with a plus is refused; it is an email address
. "$(dirname "$0")/lib.sh"
form POST /suppliers 'name=Test&email=a%2Bb@test.example'
is 201
