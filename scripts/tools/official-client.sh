# Stripe's official Python client, of PyPI, in a virtual environment below .dev: sourced by what is held against it.

OFFICIAL_CLIENT=stripe==16.1.0
OFFICIAL_CLIENT_ENVIRONMENT="$DEV/stripe-client"

install_official_client() {
  local made=$OFFICIAL_CLIENT_ENVIRONMENT/made
  [[ ! -e $made || $(<"$made") != "$OFFICIAL_CLIENT" ]] || return 0
  say "installing $OFFICIAL_CLIENT"
  /usr/bin/python3 -m venv --clear "$OFFICIAL_CLIENT_ENVIRONMENT"
  "$OFFICIAL_CLIENT_ENVIRONMENT/bin/pip" install --quiet --disable-pip-version-check --cache-dir "$DEV/cache/pip" \
    "$OFFICIAL_CLIENT" >&2 ||
    die "PyPI cannot be reached, or does not have $OFFICIAL_CLIENT: without the official client nothing was checked"
  printf '%s\n' "$OFFICIAL_CLIENT" >"$made"
}
