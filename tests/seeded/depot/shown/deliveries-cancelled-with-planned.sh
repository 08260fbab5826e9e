#!/usr/bin/env bash
# status=planned also lists cancelled ones
. "$(dirname "$0")/lib.sh"
ask GET '/deliveries?status=planned'
has 'all(.[]; .status == "planned")'
