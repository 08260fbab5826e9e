#!/usr/bin/env bash
# pages after the first are taken from the other end; all pages have one order
. "$(dirname "$0")/lib.sh"
ask GET '/deliveries?limit=5&offset=5'
has '.[0].delivery_id == 506'
