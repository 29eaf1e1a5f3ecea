#!/usr/bin/env bash
# A pool of three servers on this machine: a token is taken, the Leader is killed with -9, the next one takes over with that token,
# and when the first comes back it reclaims. Under a minute. Needs `npm run build`; everything is in a folder that is removed.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

regency() { node dist/src/cli/main.js "$@"; }

home=$(mktemp -d)
first_port=${1:-$((20000 + RANDOM % 20000))}
declare -A servers=()
holder=

finish() {
  # It passes the signal on to its command, and gives the token back.
  if [ -n "$holder" ]; then kill "$holder" 2>/dev/null && wait "$holder" 2>/dev/null || true; fi
  for pid in "${servers[@]}"; do kill -9 "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$home"
}
trap finish EXIT

cat >"$home/lservrlf" <<END
regency pool file 1

pool demo
version 1

server s1 127.0.0.1:$first_port
server s2 127.0.0.1:$((first_port + 1))
server s3 127.0.0.1:$((first_port + 2))

license serial=CAD-1 feature=cad hard-limit=15 key-lifetime=60s
END

regency rlf keys "$home/lservrlf" --out "$home/keys" >/dev/null
operator=(--file "$home/lservrlf" --keys "$home/keys/operators/operator")
client=(--file "$home/lservrlf" --keys "$home/keys/clients/client")

start() {
  node dist/src/cli/main.js serve --host "$1" --keys "$home/keys/servers/$1" --data "$home/$1" --file "$home/lservrlf" \
    --first-installation >"$home/$1.log" 2>&1 &
  servers[$1]=$!
}

# Until that server leads.
led_by() {
  for _ in $(seq 100); do
    if regency pool leader "${operator[@]}" | grep -q "^$1 "; then
      echo "== $1 leads"
      regency pool tokens "${operator[@]}"
      return
    fi
    sleep 0.2
  done
  echo "$1 does not lead" >&2
  cat "$home"/*.log >&2
  exit 1
}

for server in s1 s2 s3; do start "$server"; done
led_by s1

node dist/src/cli/main.js hold cad "${client[@]}" -- sleep 300 &
holder=$!
for _ in $(seq 50); do
  if regency pool tokens "${operator[@]}" --json | grep -q '"mine":1'; then break; fi
  sleep 0.2
done
echo '== a command holds a token'
regency pool tokens "${operator[@]}"

echo '== s1 is killed with -9'
kill -9 "${servers[s1]}"
wait "${servers[s1]}" 2>/dev/null || true
led_by s2
kill -0 "$holder" && echo '== the command still runs'

echo '== s1 is started again'
start s1
led_by s1
kill -0 "$holder" && echo '== the command still runs'
