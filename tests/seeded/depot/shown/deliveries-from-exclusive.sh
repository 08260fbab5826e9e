#!/usr/bin/env bash
# deliveries of the day arrives_from are left out; on this day or later
. "$(dirname "$0")/lib.sh"
ask GET '/deliveries?arrives_from=2026-08-30'
has 'length == 1'
