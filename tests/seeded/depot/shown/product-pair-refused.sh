#!/usr/bin/env bash
# shelfLife and discontinuedOn together are refused; the document has no such condition
. "$(dirname "$0")/lib.sh"
try_product '{"shelfLife":"P6M","discontinuedOn":"2027-01-01"}'
is 201
