#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

new ticket
old="$(header etag)"
patch "/tickets/$id" '{"title": "Changed"}'
need 200
healthy [ "$(header etag)" != "$old" ]
