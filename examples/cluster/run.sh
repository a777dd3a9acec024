#!/usr/bin/env bash
# A cluster of two nodes on this machine that loses one of them under load: lookups go on, and the numbers are those of one process over the same topic.
#
#   examples/cluster/run.sh                 starts a broker and PostgreSQL of its own where ../shared/services is beside the repository
#   KAFKA_BOOTSTRAP=host:9092 POSTGRES_URL=postgresql://user:password@host/database examples/cluster/run.sh
#
# EVENTS (200000) and RATE (15000) say how much. Everything that it starts ends with it.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd -P)
root=$(cd "$here/../.." && pwd -P)
services=${STREAMFORGE_SERVICES:-$root/../shared/services}
events=${EVENTS:-200000}
rate=${RATE:-15000}
before=$((events / 4))                     # events in the topic before the nodes start
users=1000                                 # as `emit clickstream` has them
at=2024-01-01T00:30:00Z                    # the moment that is compared: after all events
run=$$

work=$(mktemp -d "${TMPDIR:-/tmp}/streamforge-cluster.XXXXXX")
chmod 755 "$work"                          # a database started here runs as another user when you are root
pids=() stops=()

say() { printf '\n== %s\n' "$*"; }
fail() { printf 'run.sh: %s\n' "$*" >&2; exit 1; }

cleanup() {
  local code=$?
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  for stop in "${stops[@]}"; do SERVICES_DATA=$work/services "$stop" --wipe >/dev/null 2>&1 || true; done
  if [ "$code" -eq 0 ]; then rm -rf "$work"; else echo "what the nodes said is in $work" >&2; fi
}
trap cleanup EXIT
trap 'exit 130' INT TERM

# In the background the program is called by its path, so that its process is the one that a signal reaches.
streamforge() { "$root/streamforge" "$@"; }

say "broker and database"
if [ -z "${KAFKA_BOOTSTRAP:-}" ]; then
  [ -x "$services/kafka/start.sh" ] || fail "no broker: start Kafka and set KAFKA_BOOTSTRAP=host:port (there is none to start in $services)"
  mkdir -p "$work/services" && chmod 755 "$work/services"
  stops+=("$services/kafka/stop.sh")
  eval "$(SERVICES_DATA=$work/services "$services/kafka/start.sh" --port 0 --partitions 4 2>"$work/kafka.log")"
fi
schema=streamforge
if [ -z "${POSTGRES_URL:-}" ]; then
  [ -x "$services/postgres/start.sh" ] || fail "no database: start PostgreSQL and set POSTGRES_URL=postgresql://user:password@host:port/database (there is none to start in $services)"
  mkdir -p "$work/services" && chmod 755 "$work/services"
  stops+=("$services/postgres/stop.sh")
  eval "$(SERVICES_DATA=$work/services "$services/postgres/start.sh" --port 0 2>"$work/postgres.log")"
else
  schema=streamforge_example_$run          # not among what may be there already
  echo "the tables go to the schema $schema; drop it when you have seen enough"
fi
echo "Kafka at $KAFKA_BOOTSTRAP, PostgreSQL at ${POSTGRES_URL##*@}"

export KAFKA_BOOTSTRAP SHOP_TOPIC=clicks-$run
topic=kafka://$KAFKA_BOOTSTRAP/$SHOP_TOPIC
streamforge silo init-db --postgres "$POSTGRES_URL" --schema "$schema"
streamforge emit clickstream --events "$before" --seed 1 --to "$topic"

# start_node N: a node with the HTTP port 7170 + N; both share the folder of the tables, as machines would share a store.
start_node() {
  "$root/streamforge" silo start "$here/pipeline.yaml" --postgres "$POSTGRES_URL" --schema "$schema" --cluster-id "example-$run" --data-dir "$work/cluster" \
    --port $((7170 + $1)) --silo-port $((11170 + $1)) --failure-detection fast >>"$work/node-$1.log" 2>&1 &
  node=$!
  pids+=("$node")
}

# wait_for SECONDS WHAT COMMAND…: until the command succeeds.
wait_for() {
  local seconds=$1 what=$2 end=$((SECONDS + $1))
  shift 2
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$end" ] || fail "$what did not come within $seconds s"
    sleep 0.2
  done
}

ready() { curl -sf "http://127.0.0.1:$((7170 + $1))/health/ready"; }

say "two nodes"
start_node 1
one=$node
wait_for 180 "node 1" ready 1
start_node 2
two=$node
wait_for 60 "node 2" ready 2
streamforge silo status --url http://127.0.0.1:7171

# Asks node 1 for one visitor after another, and notes when, how the answer was and how long it took.
look() {
  local i=0
  while :; do
    i=$((i % users + 1))
    curl -s -o /dev/null -m 30 -w '%{http_code} %{time_total}\n' "http://127.0.0.1:7171/v1/views/user_activity?user_id=u-$i" >>"$work/lookups" || true
    sleep 0.05
  done
}

say "$((events - before)) more events at $rate a second, lookups at node 1 all the while, and after a third of them: kill -9 of node 2"
look &
looker=$!
pids+=("$looker")
"$root/streamforge" emit clickstream --events $((events - before)) --rate "$rate" --seed 2 --start 2024-01-01T00:10:00Z --to "$topic" 2>"$work/emit.log" &
emitter=$!
pids+=("$emitter")
sleep $(((events - before) / rate / 3))
kill -9 "$two"
wait "$two" 2>/dev/null || true
killed=$(wc -l <"$work/lookups")
echo "node 2 is killed"
wait "$emitter"

# sum NAME: over all numbers with this name in the JSON of standard input.
sum() { { grep -o "\"$1\":[0-9]*" || true; } | awk -F: '{ total += $2 } END { printf "%d", total }'; }

# Everything that is in the topic is in storage.
settled() { [ "$(curl -sf http://127.0.0.1:7171/v1/cluster | sum durable)" = "$events" ]; }
wait_for 120 "the end of the topic" settled
kill "$looker"
wait "$looker" 2>/dev/null || true
awk -v killed="$killed" '
  NR > killed { asked++; if ($1 == 200) answered++; if ($2 > longest) longest = $2 }
  END { printf "lookups after the kill: %d, answered: %d, the longest took %.1f s\n", asked, answered, longest }' "$work/lookups"
streamforge silo status --url http://127.0.0.1:7171

say "node 2 is started again"
start_node 2
two=$node
wait_for 60 "node 2" ready 2
streamforge silo status --url http://127.0.0.1:7172

say "the same topic through one process"
"$root/streamforge" run "$here/pipeline.yaml" --data-dir "$work/embedded" --port 7173 >"$work/embedded.log" 2>&1 &
embedded=$!
pids+=("$embedded")
read_all() { curl -sf http://127.0.0.1:7173/v1/pipelines | grep -q "\"events\":$events,"; }
wait_for 120 "the embedded host" read_all

# results PORT: every visitor's features at the moment, without what tells how far the host is.
results() {
  local entities
  entities=$(seq -f '{"user_id": "u-%.0f"}' -s, "$users")
  curl -sf "http://127.0.0.1:$1/v1/features:get" -d "{\"features\": [\"user_activity:*\"], \"at\": \"$at\", \"entities\": [$entities]}" | sed 's/"at":"[^]]*$//; s/},{"entity"/},\n{"entity"/g'
}
for port in 7171 7172 7173; do results "$port" >"$work/results-$port"; done
echo "events in the visitors' last hour: $(sum events_1h <"$work/results-7173") of $events"
different=0
for port in 7171 7172; do
  lines=$(diff "$work/results-$port" "$work/results-7173" | grep -c '^<' || true)
  echo "visitors whose features at node $((port - 7170)) differ from one process: $lines of $users"
  different=$((different + lines))
done

say "the table of purchases"
kill -TERM "$embedded"                     # a last commit, then the end
wait "$embedded" || true
kill -TERM "$one" "$two"                   # both nodes flush, commit and leave
wait "$one" && echo "node 1 has left with exit code 0" || fail "node 1 ended with exit code $?"
wait "$two" && echo "node 2 has left with exit code 0" || fail "node 2 ended with exit code $?"
# Each row with the topic's position that it came from; what comes after that is when it was written.
rows() { streamforge tables scan shop.purchases --data-dir "$1" --format csv 2>/dev/null | tail -n +2 | cut -d, -f1-5 | sort; }
rows "$work/cluster" >"$work/rows-cluster"
rows "$work/embedded" >"$work/rows-embedded"
echo "rows: $(wc -l <"$work/rows-cluster") by the cluster, $(wc -l <"$work/rows-embedded") by one process"
cmp -s "$work/rows-cluster" "$work/rows-embedded" || different=$((different + 1))

[ "$different" -eq 0 ] || fail "the cluster's numbers differ from those of one process"
say "the same numbers: nothing was lost, nothing counted twice"
