#!/usr/bin/env bash
# sort=arrives_on does not sort new deliveries in; it sorts by that day
. "$(dirname "$0")/lib.sh"
new_delivery '{"arrives_on":"2025-01-01"}'
ask GET '/deliveries?sort=arrives_on&limit=1'
has ".[0].delivery_id == $id"
