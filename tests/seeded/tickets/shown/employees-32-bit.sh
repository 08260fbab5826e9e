#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

post_company '{"employees": 3000000000}'
status_tells 422 201
