# Sourced by each script: what it asks the server at $1 with, and how it ends.
# 0: the fault shows; 1: the server does what the document says; 2: neither.

base="${1:?the base URL of the server}"
token=desk-all
scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT
ticket_one=807074cb-b606-53fc-98e5-ea63e4c9c151 # thirteen comments, none of the others has as many
nobody=00000000-0000-4000-8000-000000000000

trouble() {
    echo "$0: $*" >&2
    exit 2
}

# as TOKEN: the one that is sent from here on; without TOKEN none is sent.
as() { token="${1:-}"; }

# call METHOD PATH [CURL-ARGUMENT…]: sets $status; the body is in $scratch/body, the headers are in $scratch/head.
call() {
    local method="$1" path="$2"
    shift 2
    [ -z "$token" ] || set -- -H "Authorization: Bearer $token" "$@"
    [ "$method" != HEAD ] || set -- --head "$@"
    : >"$scratch/body"
    status="$(curl -sS -m 20 -X "$method" -o "$scratch/body" -D "$scratch/head" -w '%{http_code}' "$@" "$base$path" 2>"$scratch/error")" ||
        trouble "$method $path: $(cat "$scratch/error")"
}
get() { call GET "$@"; }
delete() { call DELETE "$@"; }

# send METHOD PATH JSON [CURL-ARGUMENT…]
send() {
    local method="$1" path="$2" body="$3"
    shift 3
    printf '%s' "$body" >"$scratch/sent"
    [[ "$*" == *Content-Type:* ]] || set -- -H 'Content-Type: application/json' "$@"
    call "$method" "$path" --data-binary "@$scratch/sent" "$@"
}
post() { send POST "$@"; }
put() { send PUT "$@"; }
patch() { send PATCH "$@"; }

# need STATUS: what comes before was only preparation.
need() { [ "$status" = "$1" ] || trouble "$status instead of $1: $(head -c 300 "$scratch/body")"; }

value() { jq -r "$1" "$scratch/body" || trouble "no JSON"; }
header() { tr -d '\r' <"$scratch/head" | sed -n "s/^$1: //Ip" | tail -n 1; }

# Objects with the members that must be there, and those given as JSON; $id is theirs.
post_ticket() { post /tickets "$(jq -c '{title: "Shown", project: "web"} + .' <<<"${1:-{\}}")"; }
post_person() { post /contacts "$(jq -c '{kind: "person", given_name: "Ida", family_name: "Rhodes", email: "ida@example.net"} + .' <<<"${1:-{\}}")"; }
post_company() { post /contacts "$(jq -c '{kind: "company", name: "Shown", email: "shown@example.net"} + .' <<<"${1:-{\}}")"; }
post_comment() { post "/tickets/$ticket_one/comments" "$(jq -c '{text: "Shown"} + .' <<<"${1:-{\}}")"; }
post_draft() { post /drafts "$(jq -c '{subject: "Shown", tags: ["shown"]} + .' <<<"${1:-{\}}")"; }
new() {
    "post_$@"
    need 201
    id="$(value .data.id)"
}
upload() { call POST "/tickets/$ticket_one/attachments" "$@"; }

# text COUNT [LETTER]
text() { printf "%0${1}d" 0 | sed "s/0/${2:-a}/g"; }

# The ends of a script.
# status_tells FAULTY HEALTHY
status_tells() {
    case "$status" in
    $1) exit 0 ;;
    $2) exit 1 ;;
    esac
    trouble "$status, neither $1 nor $2: $(head -c 300 "$scratch/body")"
}
# healthy COMMAND…: healthy if it succeeds.
healthy() {
    "$@" && exit 1
    exit 0
}
# body_tells JQ [ARGUMENT…]: healthy if it is true of the body.
body_tells() {
    local code=0
    jq -e "$@" "$scratch/body" >/dev/null 2>"$scratch/error" || code=$?
    case "$code" in
    0) exit 1 ;;
    1 | 4) exit 0 ;;
    esac
    trouble "$(cat "$scratch/error"): $(head -c 300 "$scratch/body")"
}
