#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

new ticket '{"labels": ["zz", "aa"]}'
body_tells '.data.labels == ["zz", "aa"]'
