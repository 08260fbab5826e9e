#!/usr/bin/env bash
# createdAt is "2026-01-01 08:00:00"; it is a date-time
. "$(dirname "$0")/lib.sh"
new_product
has '.createdAt|test("T.*Z$")'
