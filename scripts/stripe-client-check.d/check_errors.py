"""Errors, idempotency keys, limits and faults, as the official client meets them."""

import requests
import stripe

from simulator import Stripe, fails


def test_a_wrong_key_is_an_authentication_error(s: Stripe) -> None:
    for key in ("sk_", "pk_test_abcdefgh", "nonsense"):
        with fails(stripe.AuthenticationError, http_status=401):
            s.with_key(key).v1.customers.list()


def test_the_key_may_be_a_basic_user(s: Stripe) -> None:
    assert requests.get(f"{s.url}/v1/customers", auth=("sk_test_simulator", ""), timeout=5).status_code == 200
    assert requests.get(f"{s.url}/v1/customers", auth=("nobody", ""), timeout=5).status_code == 401
    assert requests.get(f"{s.url}/v1/customers", timeout=5).status_code == 401


def test_an_unknown_path_is_an_invalid_request(s: Stripe) -> None:
    with fails(stripe.InvalidRequestError, http_status=404) as failure:
        s.client.raw_request("get", "/v1/nothing")
    assert "Unrecognized request URL (GET: /v1/nothing)" in str(failure.error)


def test_parameters_unknown_missing_and_wrong(s: Stripe) -> None:
    with fails(stripe.InvalidRequestError, code="parameter_unknown", param="nmae"):
        s.v1.customers.create({"nmae": "a"})
    with fails(stripe.InvalidRequestError, code="parameter_missing", param="event_name"):
        s.v1.billing.meters.create({"display_name": "a", "default_aggregation": {"formula": "sum"}})
    with fails(stripe.InvalidRequestError, param="default_aggregation[formula]"):
        s.v1.billing.meters.create({"display_name": "a", "event_name": "a", "default_aggregation": {"formula": "max"}})
    with fails(stripe.InvalidRequestError, code="parameter_invalid_integer", param="limit"):
        s.v1.customers.list({"limit": 101})
    with fails(stripe.InvalidRequestError, param="metadata"):
        s.v1.customers.create({"metadata": {"k" * 41: "v"}})
    with fails(stripe.InvalidRequestError, param="metadata[k]"):
        s.v1.customers.create({"metadata": {"k": "v" * 501}})
    with fails(stripe.InvalidRequestError, param="metadata"):
        s.v1.customers.create({"metadata": {f"k{n}": "v" for n in range(51)}})


def test_every_answer_has_a_request_id_and_the_version(s: Stripe) -> None:
    customer = s.v1.customers.create()
    assert customer.last_response.request_id.startswith("req_")
    assert customer.last_response.headers["stripe-version"] == stripe.api_version
    with fails(stripe.InvalidRequestError) as failure:
        s.v1.customers.retrieve("cus_none")
    assert failure.error.request_id.startswith("req_")


def test_idempotency_keys(s: Stripe) -> None:
    key = {"idempotency_key": "k"}
    first = s.v1.customers.create({"name": "a"}, key)
    second = s.v1.customers.create({"name": "a"}, key)
    assert first.id == second.id
    assert "idempotent-replayed" not in first.last_response.headers
    assert second.last_response.headers["idempotent-replayed"] == "true"
    assert second.last_response.headers["original-request"] == first.last_response.request_id
    with fails(stripe.IdempotencyError, http_status=400):
        s.v1.customers.create({"name": "b"}, key)
    s.advance(86_401)
    assert s.v1.customers.create({"name": "b"}, key).id != first.id


def test_what_was_refused_before_it_began_is_not_kept(s: Stripe) -> None:
    key = {"idempotency_key": "k"}
    with fails(stripe.InvalidRequestError):
        s.v1.customers.create({"balance": "x"}, key)
    s.fault("unauthorized")
    with fails(stripe.AuthenticationError, http_status=401):
        s.v1.customers.create({}, key)
    s.fault("conflict")
    with fails(stripe.APIError, http_status=409) as failure:
        s.v1.customers.create({}, key)
    assert failure.error.error.code == "idempotency_key_in_use"
    s.fault("rate_limited", reason="endpoint-rate", retry_after=2)
    with fails(stripe.RateLimitError, http_status=429) as failure:
        s.v1.customers.create({}, key)
    assert failure.error.headers["stripe-rate-limited-reason"] == "endpoint-rate"
    assert failure.error.headers["retry-after"] == "2"
    assert "idempotent-replayed" not in s.v1.customers.create({}, key).last_response.headers


def test_server_errors_and_lock_timeouts_are_kept(s: Stripe) -> None:
    for fault, kind, status, effects in (("server_error", stripe.APIError, 500, 1),
                                         ("lock_timeout", stripe.RateLimitError, 429, 0)):
        before = s.control("GET", "objects/customers")["count"]
        s.fault(fault)
        for _ in range(2):
            with fails(kind, http_status=status) as failure:
                s.v1.customers.create({}, {"idempotency_key": fault})
        assert failure.error.headers["idempotent-replayed"] == "true"
        assert s.control("GET", "objects/customers")["count"] - before == effects


def test_a_lost_answer_a_reset_and_a_broken_body(s: Stripe) -> None:
    for fault, options in (("answer_lost", {}), ("reset", {}), ("hang", {"delay_ms": 50}),
                           ("hang", {"delay_ms": 50, "when": "before"})):
        s.fault(fault, **options)
        with fails(stripe.APIConnectionError):
            s.v1.customers.create({}, {"idempotency_key": f"{fault}{options}"})
        s.v1.customers.create({}, {"idempotency_key": f"{fault}{options}"})
    assert s.control("GET", "objects/customers")["count"] == 4
    s.fault("malformed")
    with fails(stripe.APIError):
        s.v1.customers.create({}, {"idempotency_key": "m"})
    s.fault("slow", delay_ms=50)
    s.v1.customers.create({}, {"idempotency_key": "m"})
    assert s.control("GET", "objects/customers")["count"] == 5


def test_the_client_retries_to_one_effect(s: Stripe) -> None:
    s.fault("answer_lost")
    s.fault("server_error", when="before", saved=False, status=503)
    customer = s.v1.customers.create({"name": "a"}, {"max_network_retries": 3})
    assert customer.name == "a"
    assert s.control("GET", "objects/customers")["count"] == 1


def test_limits(s: Stripe) -> None:
    s.control("POST", "settings", {"limits": {"endpoint": 3}})
    for _ in range(3):
        s.v1.customers.list()
    with fails(stripe.RateLimitError, http_status=429) as failure:
        s.v1.customers.list()
    assert failure.error.error.code == "rate_limit"
    assert failure.error.headers["stripe-rate-limited-reason"] == "endpoint-rate"
