#!/usr/bin/env bash
# an emoji in the name is answered with 500; the name may have any characters
. "$(dirname "$0")/lib.sh"
try_warehouse '{"name":"Depot 📦"}'
is 201
