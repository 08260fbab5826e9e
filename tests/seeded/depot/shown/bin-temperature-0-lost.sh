#!/usr/bin/env bash
# minTemperature 0 is dropped as if it were not there; 0 is allowed
. "$(dirname "$0")/lib.sh"
new_bin '{"minTemperature":0}'
has '.minTemperature == 0'
