#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

new company '{"address": {"street": "Ring 1", "city": "Wien", "zip": "1010", "country": "AT"}}'
body_tells '.data.address.zip == "1010"'
