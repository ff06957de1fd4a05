# What the scripts of this folder share; for bash, sourced from the root of the repository. Sets $work, a directory that is
# gone at the end; $java; $kafka_jars; and, once a broker has been started, $broker_pid, $port and $started_ms. Needs Linux.

work=$(mktemp -d "${TMPDIR:-/tmp}/klamm-bench-XXXX")
broker_pid=
stop_broker() {
  if [ -n "$broker_pid" ]; then kill "$broker_pid" 2>/dev/null || true; wait "$broker_pid" 2>/dev/null || true; fi
  broker_pid=
}
kill_broker() { # as kill -9 does
  kill -9 "$broker_pid"
  wait "$broker_pid" 2>/dev/null || true
  broker_pid=
}
trap 'stop_broker; rm -rf "$work"' EXIT

mvn -q -f bench/pom.xml org.apache.maven.plugins:maven-dependency-plugin:build-classpath \
  -Dmdep.outputFile="$work/classpath" >&2
kafka_jars=$(cat "$work/classpath")
for home in "${JAVA_HOME:-}" /usr/lib/jvm/*; do
  if grep -qs '^JAVA_VERSION="25[."]' "$home/release"; then java=$home/bin/java; break; fi
done
: "${java:?needs a JDK 25 in JAVA_HOME or below /usr/lib/jvm}"

tool() { # CLASS ARGUMENT...
  "$java" -Xmx512m -Dorg.slf4j.simpleLogger.defaultLogLevel=error -cp "$kafka_jars" "$@" 2>>"$work/tools.log"
}

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

now_ms() { local t=${EPOCHREALTIME/./}; echo $((t / 1000)); }

# Whether the broker answers an ApiVersions request of version 0 within a second.
answers() {
  (exec 3<>"/dev/tcp/127.0.0.1/$1" && printf '\0\0\0\012\0\022\0\0\0\0\0\1\377\377' >&3 &&
    [ -n "$(timeout 1 head -c 8 <&3 | tr '\0' .)" ]) 2>/dev/null
}

# Both start on a directory that is new or was theirs before, and listen on $port.
start_kafka() { # DIRECTORY SETTING...
  local directory=$1 controller
  shift
  mkdir -p "$directory"
  controller=$(free_port)
  cat >"$directory/server.properties" <<PROPERTIES
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$controller
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$controller
controller.listener.names=CONTROLLER
log.dirs=$directory/data
offsets.topic.replication.factor=1
group.initial.rebalance.delay.ms=0
PROPERTIES
  if [ $# -gt 0 ]; then printf '%s\n' "$@" >>"$directory/server.properties"; fi
  if [ ! -e "$directory/data/meta.properties" ]; then
    tool kafka.tools.StorageTool format -t "$(tool kafka.tools.StorageTool random-uuid)" \
      -c "$directory/server.properties" >/dev/null
  fi
  started_ms=$(now_ms)
  "$java" -server -Xms1G -Xmx1G -XX:+UseG1GC -XX:MaxGCPauseMillis=20 -XX:InitiatingHeapOccupancyPercent=35 \
    -XX:+ExplicitGCInvokesConcurrent -Djava.awt.headless=true -Dorg.slf4j.simpleLogger.defaultLogLevel=warn \
    -cp "$kafka_jars" kafka.Kafka "$directory/server.properties" >"$directory/broker.log" 2>&1 &
  broker_pid=$!
}

start_klamm() { # DIRECTORY SETTING...
  local directory=$1 sets=()
  shift
  mkdir -p "$directory"
  for setting in "$@"; do sets+=(--set "$setting"); done
  started_ms=$(now_ms)
  ./klamm up --data "$directory/data" --kafka-port "$port" ${sets[@]+"${sets[@]}"} >"$directory/broker.log" 2>&1 </dev/null &
  broker_pid=$!
}

await_answer() { # DIRECTORY
  until answers "$port"; do
    kill -0 "$broker_pid" 2>/dev/null || { cat "$1/broker.log" >&2; exit 1; }
  done
}

new_topic() { # TOPIC PARTITIONS
  tool org.apache.kafka.tools.TopicCommand --bootstrap-server "127.0.0.1:$port" --create --topic "$1" \
    --partitions "$2" --replication-factor 1 >/dev/null
}

resident_mb() { awk '/VmRSS/ { print int($2 / 1024) }' "/proc/$broker_pid/status"; }

machine() {
  echo "$(date -u +%Y-%m-%d): $(nproc) cores of $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), Linux" \
    "$(uname -r), JDK $("$java" -version 2>&1 | sed -n 's/.*version "\(.*\)".*/\1/p'), load average $(cut -d' ' -f1 /proc/loadavg)"
}
