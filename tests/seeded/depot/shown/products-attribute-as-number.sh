#!/usr/bin/env bash
# an attribute is a number; values of the map are texts
. "$(dirname "$0")/lib.sh"
ask GET /products
has 'all(.[].attributes[]; type == "string")'
