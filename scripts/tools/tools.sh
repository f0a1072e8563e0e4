# shellcheck shell=bash
# The small C programs of this folder, for scripts that must look at the broker with other eyes than the product's.

TOOLS="$DEV/tools"

# older TARGET SOURCE: whether the target must be made (again).
older() { [[ ! -e $1 || $2 -nt $1 ]]; }

# build_tool NAME…: makes $TOOLS/NAME.
build_tool() {
  local name
  mkdir -p "$TOOLS"
  for name in "$@"; do
    ! older "$TOOLS/$name" "$ROOT/scripts/tools/$name.c" ||
      cc -O2 -Wall -Wextra -Werror "$ROOT/scripts/tools/$name.c" -o "$TOOLS/$name" -lrabbitmq
  done
}
