#!/usr/bin/env bash
# created_at can be changed; it is read-only and such members are ignored
. "$(dirname "$0")/lib.sh"
new_warehouse
patch_warehouse '{"capacity":3,"created_at":"2001-01-01T00:00:00Z"}'
has '.created_at > "2002"'
