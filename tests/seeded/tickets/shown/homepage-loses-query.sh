#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

put /projects/shown '{"name": "Shown", "homepage": "https://example.org/?at=1"}'
need 201
body_tells '.data.homepage == "https://example.org/?at=1"'
