#!/usr/bin/env bash
# Every test that this machine can run: style, build (Release), then the test projects. The last line is "N passed, N failed, N skipped".
# Where the package registry has no Orleans, the cluster's three projects are left out, and when they passed last is said (silo/PROVEN.md).
#
#   ./test.sh                                all
#   ./test.sh FullyQualifiedName~Features    those that the filter of `dotnet test` names (a bare word: whose names contain it)
#   STREAMFORGE_SKIP_FORMAT=1 ./test.sh      without the check of the style
set -u
cd "$(dirname "$0")" || exit 1

solution=StreamForge.sln
filter=${1:-}
results=$PWD/.build/test-results
passed=0 failed=0 skipped=0

# No build server or compiler outlives this script, and nothing reads its standard input.
export MSBUILDDISABLENODEREUSE=1 UseSharedCompilation=false DOTNET_CLI_USE_MSBUILD_SERVER=0
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
exec </dev/null

# A caller that runs this in the background has interrupts ignored, and so would the programs that the tests interrupt.
interruptible=()
env --default-signal=INT true 2>/dev/null && interruptible=(env --default-signal=INT)

finish() {
  echo "$passed passed, $failed failed, $skipped skipped"
  [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
  exit
}

# A step that is no test but must succeed counts as one failure when it does not.
must() {
  local name=$1
  shift
  echo "== $name"
  "$@" && return
  echo "$name failed" >&2
  failed=$((failed + 1))
  return 1
}

# Adds up one result file (trx). A test that was skipped is in total, not in executed.
count() {
  local counters
  counters=$(grep -o '<Counters [^>]*>' "$1")
  value() { [[ $counters =~ \ $1=\"([0-9]+)\" ]] && echo "${BASH_REMATCH[1]}"; }
  passed=$((passed + $(value passed)))
  skipped=$((skipped + $(value total) - $(value executed)))
  failed=$((failed + $(value executed) - $(value passed)))
}

# Writes silo/PROVEN.md after all of the cluster's tests have passed on real services.
prove() {
  [ -z "$filter" ] || return
  local counted
  counted=$(passed=0 failed=0 skipped=0; count "$1"; echo "$passed $failed $skipped")
  if [ -z "${KAFKA_BOOTSTRAP:-}" ] || [ -z "${POSTGRES_URL:-}" ]; then
    echo "silo/PROVEN.md stays as it was: there was no Kafka or no PostgreSQL to prove it on"
    return
  fi
  STREAMFORGE_PROOF="$(git rev-parse --short HEAD 2>/dev/null || echo unknown) $counted" \
    dotnet test tests/StreamForge.Cluster.Tests/bin/Release/net10.0/StreamForge.Cluster.Tests.dll --filter FullyQualifiedName~Proof --nologo >/dev/null
}

if ! command -v dotnet >/dev/null 2>&1; then
  echo "test.sh: the .NET SDK 10.0 is needed; install it from https://dotnet.microsoft.com/download/dotnet/10.0 and run this again." >&2
  failed=1
  finish
fi

# Takes the whole solution where Orleans restores, else what is built without it.
restore() {
  echo "== restore"
  mkdir -p "$results"
  dotnet restore "$solution" -v q >"$results/restore.log" 2>&1 && return
  if ! grep -q 'Microsoft\.Orleans\.' "$results/restore.log"; then
    cat "$results/restore.log"
    echo "restore failed" >&2
    failed=$((failed + 1))
    return 1
  fi
  solution=StreamForge.Embedded.slnf
  local proven=
  [ -f silo/PROVEN.md ] && proven=$(grep -m1 '^Passed ' silo/PROVEN.md)
  echo "left out: silo/ and tests/StreamForge.Cluster.Tests, because Orleans does not restore here. ${proven:-They have not been proven yet.}"
  must restore dotnet restore "$solution" -v q
}

rm -rf "$results"
restore || finish
must build dotnet build "$solution" -c Release --no-restore --nologo -v q -clp:NoSummary || finish
if [ "${STREAMFORGE_SKIP_FORMAT:-}" != 1 ]; then
  must "style (mend it with: dotnet format $solution)" dotnet format "$solution" --no-restore --verify-no-changes || true
fi

for project in tests/*.Tests/*.csproj; do
  name=$(basename "$project" .csproj)
  [ "$name" = StreamForge.Cluster.Tests ] && [ "$solution" != StreamForge.sln ] && continue
  echo "== $name"
  before=$failed
  "${interruptible[@]}" dotnet test "tests/$name/bin/Release/net10.0/$name.dll" ${filter:+--filter "$filter"} --nologo \
    --logger "console;verbosity=minimal" --logger "trx;LogFileName=$name.trx" --results-directory "$results" \
    --blame-hang-timeout 20m --blame-hang-dump-type none
  code=$?
  [ -f "$results/$name.trx" ] && count "$results/$name.trx"
  if [ "$code" -ne 0 ] && [ "$failed" -eq "$before" ]; then
    echo "$name ended with code $code before all its tests had" >&2
    failed=$((failed + 1))
  fi
  [ "$name" = StreamForge.Cluster.Tests ] && [ "$failed" -eq "$before" ] && prove "$results/$name.trx"
done
finish
