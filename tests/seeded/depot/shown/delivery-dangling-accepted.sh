#!/usr/bin/env bash
# an unknown warehouse is accepted; 422 is documented
. "$(dirname "$0")/lib.sh"
try_delivery '{"warehouse_code":"QQQ-99"}'
is 422
