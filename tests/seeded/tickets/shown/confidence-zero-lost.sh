#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

new draft '{"confidence": 0}'
body_tells '.data.confidence == 0'
