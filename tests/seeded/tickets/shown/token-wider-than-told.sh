#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

as
call POST /oauth/token -d grant_type=client_credentials -d client_id=desk-app -d client_secret=desk-app-secret -d scope=labels:read
need 200
as "$(value .access_token)"
get /drafts
status_tells 200 403
