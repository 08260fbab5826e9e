#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

post_comment '{}'
post "/tickets/$ticket_one/comments" '{"text": "\ud800"}'
status_tells 500 4??
