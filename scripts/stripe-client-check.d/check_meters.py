"""Meters, meter events by both ways, summaries, adjustments and later errors, by the official client."""

import concurrent.futures
import datetime

import stripe

from simulator import Stripe, fails

REPORT = "v1.billing.meter.error_report_triggered"
NO_METER = "v1.billing.meter.no_meter_found"


def make_meter(s: Stripe, event: str = "api_call", formula: str = "sum") -> stripe.billing.Meter:
    return s.v1.billing.meters.create({"display_name": event, "event_name": event,
                                       "default_aggregation": {"formula": formula},
                                       "customer_mapping": {"type": "by_id", "event_payload_key": "stripe_customer_id"},
                                       "value_settings": {"event_payload_key": "value"}})


def send(s: Stripe, customer: str, identifier: str, value: str = "1", event: str = "api_call",
         at: int | None = None) -> stripe.billing.MeterEvent:
    return s.v1.billing.meter_events.create({"event_name": event, "identifier": identifier, "timestamp": at or s.now(),
                                             "payload": {"stripe_customer_id": customer, "value": value}})


def total(s: Stripe, meter: stripe.billing.Meter, customer: str) -> float:
    start = s.now() // 60 * 60 - 86_400
    summaries = s.v1.billing.meters.event_summaries.list(
        meter.id, {"customer": customer, "start_time": start, "end_time": start + 2 * 86_400})
    assert len(summaries.data) == 1 and summaries.data[0].object == "billing.meter_event_summary"
    assert summaries.data[0].meter == meter.id and summaries.data[0].start_time == start
    return summaries.data[0].aggregated_value


def test_life_of_a_meter(s: Stripe) -> None:
    meter = make_meter(s)
    assert isinstance(meter, stripe.billing.Meter) and meter.id.startswith("mtr_") and meter.status == "active"
    assert meter.default_aggregation.formula == "sum" and meter.value_settings.event_payload_key == "value"
    assert meter.customer_mapping.type == "by_id" and meter.status_transitions.deactivated_at is None
    with fails(stripe.InvalidRequestError, param="event_name"):
        make_meter(s)
    assert s.v1.billing.meters.update(meter.id, {"display_name": "Calls"}).display_name == "Calls"
    inactive = s.v1.billing.meters.deactivate(meter.id)
    assert inactive.status == "inactive" and inactive.status_transitions.deactivated_at
    with fails(stripe.InvalidRequestError, http_status=400):
        s.v1.billing.meters.deactivate(meter.id)
    other = make_meter(s)
    assert [m.id for m in s.v1.billing.meters.list({"status": "inactive"}).data] == [meter.id]
    assert [m.id for m in s.v1.billing.meters.list({"status": "active"}).data] == [other.id]
    with fails(stripe.InvalidRequestError):
        s.v1.billing.meters.reactivate(meter.id)
    s.v1.billing.meters.deactivate(other.id)
    assert s.v1.billing.meters.reactivate(meter.id).status == "active"
    assert s.v1.billing.meters.retrieve(meter.id).display_name == "Calls"
    with fails(stripe.InvalidRequestError, http_status=404, code="resource_missing"):
        s.v1.billing.meters.retrieve("mtr_none")


def test_meter_events_count_once(s: Stripe) -> None:
    meters = [make_meter(s, event, formula) for event, formula in (("a", "sum"), ("b", "count"), ("c", "last"))]
    customer = s.v1.customers.create().id
    for meter in meters:
        for number, value in enumerate(("1.5", "-0.25", "7")):
            event = send(s, customer, f"{meter.event_name}{number}", value, meter.event_name, s.now() - 60 * number)
            assert event.object == "billing.meter_event" and event.payload["value"] == value
    assert [total(s, meter, customer) for meter in meters] == [8.25, 3, 1.5]
    with fails(stripe.InvalidRequestError, http_status=400) as failure:
        send(s, customer, "a0", "1.5", "a")
    assert failure.error.user_message == "An event already exists with identifier a0."
    assert failure.error.headers["stripe-should-retry"] == "false"
    s.advance(86_401)
    send(s, customer, "a0", "1.5", "a")


def test_meter_events_that_are_refused_at_once(s: Stripe) -> None:
    customer = s.v1.customers.create().id
    with fails(stripe.InvalidRequestError, code="timestamp_too_far_in_past", param="timestamp"):
        send(s, customer, "a", at=s.now() - 35 * 86_400 - 10)
    with fails(stripe.InvalidRequestError, code="timestamp_in_future", param="timestamp"):
        send(s, customer, "a", at=s.now() + 310)
    with fails(stripe.InvalidRequestError, param="identifier"):
        send(s, customer, "a" * 101)
    with fails(stripe.InvalidRequestError, code="parameter_missing", param="payload"):
        s.v1.billing.meter_events.create({"event_name": "a"})
    with fails(stripe.InvalidRequestError, code="parameter_unknown", param="quantity"):
        s.v1.billing.meter_events.create({"event_name": "a", "payload": {"value": "1"}, "quantity": 1})


def test_one_call_at_a_time_for_a_customer_and_meter(s: Stripe) -> None:
    meter, customer = make_meter(s), s.v1.customers.create().id
    s.control("POST", "settings", {"latency_seconds": 0.3})
    with concurrent.futures.ThreadPoolExecutor() as threads:
        calls = [threads.submit(send, s, customer, identifier) for identifier in "ab"]
    s.control("POST", "settings", {"latency_seconds": 0})
    (error,) = [call.exception() for call in calls if call.exception()]
    assert isinstance(error, stripe.RateLimitError) and error.error.code == "lock_timeout"
    assert total(s, meter, customer) == 1 and s.control("GET", "violations")["count"] == 1


def test_meter_errors_are_told_later(s: Stripe) -> None:
    meter = make_meter(s)
    old = make_meter(s, "old")
    s.v1.billing.meters.deactivate(old.id)
    customer = s.v1.customers.create().id
    send(s, "cus_nobody", "1")
    send(s, customer, "2", "many")
    send(s, customer, "3", "1234567890123456")
    send(s, customer, "4", event="old")
    send(s, customer, "5", event="none")
    s.v1.billing.meter_events.create({"event_name": "api_call", "identifier": "6", "payload": {"value": "1"}})
    assert total(s, meter, customer) == 0
    reports = list(s.v2.core.events.list({"types": [REPORT], "limit": 2}).auto_paging_iter())
    found = {}
    for report in reports:
        assert report.type == REPORT and report.related_object.type == "billing.meter"
        assert report.fetch_related_object().id in (meter.id, old.id)
        for kind in report.data.reason.error_types:
            for sample in kind.sample_errors:
                found[sample.request.identifier] = kind.code
    assert found == {"1": "meter_event_customer_not_found", "2": "meter_event_invalid_value",
                     "3": "meter_event_value_too_many_digits", "4": "archived_meter",
                     "6": "meter_event_no_customer_defined"}
    none = s.v2.core.events.list({"types": [NO_METER]}).data
    assert len(none) == 1 and none[0].data.reason.error_types[0].code == "no_meter"
    assert s.v2.core.events.retrieve(none[0].id).type == NO_METER
    assert [event.id for event in s.v2.core.events.list({"object_id": old.id}).data] == [
        event.id for event in reports if event.related_object.id == old.id]


def test_list_of_later_errors(s: Stripe) -> None:
    """Of events that were taken: paged, by type and time, each retrieved as it is listed."""
    meter, customer = make_meter(s), s.v1.customers.create().id
    s.control("POST", "faults", {"endpoint": "POST /v1/billing/meter_events", "next": 45, "fault": "rejected_later",
                                 "code": "meter_event_customer_not_found"})
    for number in range(45):
        send(s, customer, f"r{number}")
    send(s, customer, "counted")
    assert total(s, meter, customer) == 1
    wanted = {"types": [REPORT, NO_METER], "created": {"gte": datetime.datetime.fromtimestamp(
        s.now() - 60, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")}}
    page = s.v2.core.events.list(wanted)
    assert len(page.data) == 20 and page.next_page_url.startswith("/v2/core/events?")
    listed = list(page.auto_paging_iter())
    assert len({event.id for event in listed}) == 45
    assert [event.created for event in listed] == sorted((event.created for event in listed), reverse=True)
    names = []
    for event in listed:
        found = s.v2.core.events.retrieve(event.id)
        assert found.type == REPORT and found.related_object.id == meter.id and found.data.reason.error_count == 1
        assert found.data.validation_start <= found.data.validation_end
        kind = found.data.reason.error_types[0]
        assert kind.code == "meter_event_customer_not_found" and kind.error_count == 1
        names.append(kind.sample_errors[0].request.identifier)
    assert sorted(names) == sorted(f"r{number}" for number in range(45))
    later = {**wanted, "created": {"gt": "2100-01-01T00:00:00Z"}}
    assert s.v2.core.events.list(later).data == []
    with fails(stripe.InvalidRequestError, http_status=404):
        s.v2.core.events.retrieve("evt_none")


def test_summaries_by_hour_and_day(s: Stripe) -> None:
    s.control("POST", "clock", {"at": "2025-01-15T12:30:00Z"})
    meter, customer = make_meter(s), s.v1.customers.create().id
    day = s.now() // 86_400 * 86_400
    for hour in range(12):
        send(s, customer, f"h{hour}", "2", at=day + hour * 3600 + 59)
    query = {"customer": customer, "start_time": day, "end_time": day + 86_400}

    def windows(**more: object) -> list[float]:
        pages = s.v1.billing.meters.event_summaries.list(meter.id, {**query, **more}).auto_paging_iter()
        return [summary.aggregated_value for summary in pages]

    assert windows() == [24]
    assert windows(value_grouping_window="hour", limit=5) == [2] * 12
    assert windows(value_grouping_window="day") == [24]
    with fails(stripe.InvalidRequestError, param="start_time"):
        windows(start_time=day + 1)
    with fails(stripe.InvalidRequestError, param="end_time"):
        windows(end_time=day + 60, value_grouping_window="hour")
    with fails(stripe.InvalidRequestError, code="resource_missing", param="customer"):
        windows(customer="cus_none")


def test_adjustments(s: Stripe) -> None:
    meter, customer = make_meter(s), s.v1.customers.create().id
    send(s, customer, "a", "5")
    send(s, customer, "b", "7")
    adjustment = s.v1.billing.meter_event_adjustments.create(
        {"event_name": "api_call", "type": "cancel", "cancel": {"identifier": "b"}})
    assert adjustment.status == "pending" and adjustment.cancel.identifier == "b"
    assert total(s, meter, customer) == 5
    with fails(stripe.InvalidRequestError, param="cancel[identifier]"):
        s.v1.billing.meter_event_adjustments.create(
            {"event_name": "api_call", "type": "cancel", "cancel": {"identifier": "none"}})


def test_the_stream(s: Stripe) -> None:
    meter, customer = make_meter(s), s.v1.customers.create().id
    session = s.v2.billing.meter_event_session.create()
    assert session.object == "v2.billing.meter_event_session" and session.expires_at > session.created
    stream = s.with_key(session.authentication_token).v2.billing.meter_event_stream
    time = datetime.datetime.fromtimestamp(s.now(), datetime.timezone.utc).isoformat()
    events = [{"event_name": "api_call", "identifier": f"e{n}", "timestamp": time,
               "payload": {"stripe_customer_id": customer, "value": "0.5"}} for n in range(100)]
    stream.create({"events": events})
    stream.create({"events": events[:3]})
    assert total(s, meter, customer) == 50
    with fails(stripe.InvalidRequestError, http_status=400):
        stream.create({"events": events + events})
    with fails(stripe.InvalidRequestError, http_status=400, code="parameter_unknown"):
        stream.create({"events": [{**events[0], "colour": "red"}]})
    stream.create({"events": [{**events[0], "identifier": "n", "event_name": "none"}]})
    assert s.v2.core.events.list({"types": [NO_METER]}).data[0].data.reason.error_count == 1
    with fails(stripe.AuthenticationError, http_status=401):
        s.with_key("token_none").v2.billing.meter_event_stream.create({"events": events})
    s.advance(15 * 60 + 1)
    with fails(stripe.TemporarySessionExpiredError, http_status=401, code="billing_meter_event_session_expired"):
        stream.create({"events": events})
