#!/usr/bin/env bash
# weight.unit is kg; the enum has g and oz
. "$(dirname "$0")/lib.sh"
ask GET /products/1002/label
has '.weight.unit == "g"'
