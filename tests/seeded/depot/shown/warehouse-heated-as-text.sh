#!/usr/bin/env bash
# heated is a text; it is a boolean
. "$(dirname "$0")/lib.sh"
ask GET /warehouses/OSL-01
has '.heated|type == "boolean"'
