#!/usr/bin/env bash
# window has times with seconds; the pattern is HH:MM
. "$(dirname "$0")/lib.sh"
ask GET /deliveries/502
has '.window.from|length == 5'
