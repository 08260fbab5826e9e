#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

new draft '{"tags": ["a", "b"]}'
body_tells '.data.tags == ["a", "b"]'
