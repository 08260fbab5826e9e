#!/usr/bin/env bash
# an attribute of 31 characters is accepted; values of the map have maxLength 30
. "$(dirname "$0")/lib.sh"
try_product "{\"attributes\":{\"a\":\"$(times 31 x)\"}}"
is 422
