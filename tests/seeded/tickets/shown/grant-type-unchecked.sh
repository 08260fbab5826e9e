#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

as
call POST /oauth/token -d grant_type=password -d client_id=desk-app -d client_secret=desk-app-secret
status_tells 200 422
