#!/usr/bin/env bash
# 10 lines are refused; maxItems is 10
. "$(dirname "$0")/lib.sh"
try_delivery "$(jq -cn '{lines:[range(10)|{sku:"LINE\(.)",quantity:1}]}')"
is 201
