#!/usr/bin/env bash
# a contact with a phone alone is refused; it is the second form of the anyOf
. "$(dirname "$0")/lib.sh"
try_warehouse '{"contact":{"phone":"+4722000000"}}'
is 201
