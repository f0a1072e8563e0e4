# shellcheck shell=bash
# The programs of PEERS to measure against, built into the clone.

# shellcheck source=../tools/tools.sh
source "$ROOT/scripts/tools/tools.sh"
PEERS=${PEERS:-$ROOT/../shared/peers}
# shellcheck disable=SC2034  # used by the benches
PEER_PACKAGES=(golang-go golang-github-rabbitmq-amqp091-go-dev golang-github-jackc-pgx-v4-dev python3-venv)

build_peers() {
  local folder="$TOOLS/peers"
  mkdir -p "$folder"
  ! older "$folder/publish" "$PEERS/c/publish.c" || cc -O2 "$PEERS/c/publish.c" -o "$folder/publish" -lrabbitmq
  ! older "$folder/ceiling" "$PEERS/c/ceiling.c" ||
    cc -O2 "$PEERS/c/ceiling.c" -o "$folder/ceiling" -lrabbitmq -I/usr/include/postgresql -lpq -lpthread
  # Debian's Go libraries are sources below this folder, built the way that came before modules.
  ! older "$folder/peer-go" "$PEERS/go/main.go" ||
    (cd "$PEERS/go" && GO111MODULE=off GOPATH=/usr/share/gocode go build -o "$folder/peer-go" .)
  [[ -e $folder/python/ready ]] || build_python "$folder/python"
}
build_python() {
  say "installing the Python peer's packages in $1"
  /usr/bin/python3 -m venv --clear "$1"
  mkdir -p "$DEV/cache/tmp"
  TMPDIR="$DEV/cache/tmp" "$1/bin/pip" install --quiet --disable-pip-version-check aio-pika asyncpg
  touch "$1/ready"
}
