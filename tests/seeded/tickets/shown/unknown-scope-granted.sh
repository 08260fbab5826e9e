#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

as
call POST /oauth/token -d grant_type=client_credentials -d client_id=desk-app -d client_secret=desk-app-secret -d scope=moon:write
status_tells 200 400
