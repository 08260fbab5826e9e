#!/usr/bin/env bash
# progress is 101 when done; the maximum is 100
. "$(dirname "$0")/lib.sh"
ask GET /jobs/71
has '.progress <= 100'
