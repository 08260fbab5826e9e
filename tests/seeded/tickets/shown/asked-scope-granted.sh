#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

as
call POST /oauth/token -d grant_type=client_credentials -d client_id=report-app -d client_secret=report-app-secret --data-urlencode 'scope=tickets:read tickets:write'
need 200
body_tells '.scope == "tickets:read"'
