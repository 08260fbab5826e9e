#!/usr/bin/env bash
# finished_at is left out while a job runs; it is required and nullable
. "$(dirname "$0")/lib.sh"
ask GET /jobs/72
has 'has("finished_at")'
