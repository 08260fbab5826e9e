#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

post_company '{"address": {"street": "Ring 1", "city": "Bern", "zip": "1010A", "country": "AT"}}'
status_tells 201 422
