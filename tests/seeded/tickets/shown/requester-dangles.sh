#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

new person
person="$id"
new ticket "{\"requester\": \"$person\"}"
delete "/contacts/$person"
need 204
get "/tickets/$id"
body_tells '.data.requester == null'
