#!/usr/bin/env bash
# byStatus.retired is 0; it is the total of listProducts with that status
. "$(dirname "$0")/lib.sh"
ask GET /products/stats
has '.byStatus.retired == 6'
