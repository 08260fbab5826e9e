#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

as
call POST /oauth/token -d grant_type=client_credentials -d client_id=desk-app -d client_secret=desk-app-secret
need 200
healthy grep -qi '^cache-control: no-store' "$scratch/head"
