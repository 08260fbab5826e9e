#!/usr/bin/env bash
# arrives_from=spring is accepted and ignored; it is a date
. "$(dirname "$0")/lib.sh"
ask GET '/deliveries?arrives_from=spring'
is 400
