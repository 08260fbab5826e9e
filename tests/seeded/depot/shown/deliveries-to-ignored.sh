#!/usr/bin/env bash
# arrives_to filters nothing out
. "$(dirname "$0")/lib.sh"
ask GET '/deliveries?arrives_to=2026-03-31'
has 'length == 2'
