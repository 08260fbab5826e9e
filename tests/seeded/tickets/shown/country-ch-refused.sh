#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

post_company '{"address": {"street": "Ring 1", "city": "Bern", "country": "CH"}}'
status_tells 422 201
