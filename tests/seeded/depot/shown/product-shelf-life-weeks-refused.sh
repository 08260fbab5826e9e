#!/usr/bin/env bash
# the duration P2W is refused; the pattern and ISO 8601 allow weeks
. "$(dirname "$0")/lib.sh"
try_product '{"shelfLife":"P2W"}'
is 201
