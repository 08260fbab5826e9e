#!/usr/bin/env bash
# a contact with neither email nor phone is accepted; it must fit one of the anyOf
. "$(dirname "$0")/lib.sh"
try_warehouse '{"contact":{"fax":"1"}}'
is 422
