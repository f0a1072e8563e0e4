"""Every kind of request that this product makes, made by the official client. The values stand in the Swift tests too."""
from decimal import Decimal

ENTRY = "01943c1e-7d3a-7b1c-9f00-c2a6f0f3c1d2"
ENTRY_METADATA = {"entry_id": ENTRY, "company_id": "comp-123"}
PERIOD_METADATA = {"period_start": "2025-01-01", "period_end": "2025-02-01"}
SINCE = 1736942400


def effects(v1):
    yield "meter_event", lambda: v1.billing.meter_events.create({
        "event_name": "order", "payload": {"stripe_customer_id": "cus_1", "value": "-12.5"},
        "identifier": ENTRY, "timestamp": 1736942280})
    yield "invoice_item", lambda: v1.invoice_items.create({
        "customer": "cus_1", "amount": -1234, "currency": "usd",
        "description": "order, late usage: 5, 2025-01-01 to 2025-01-31",
        "period": {"start": 1735689600, "end": 1738367999},
        "metadata": {**ENTRY_METADATA, "line": "late", "metric": "order", "quantity": "5", **PERIOD_METADATA}})
    yield "attached_invoice_item", lambda: v1.invoice_items.create({
        "customer": "cus_1", "amount": 19900, "currency": "usd",
        "description": "Base fee, 2025-01-01 to 2025-01-31",
        "period": {"start": 1735689600, "end": 1738367999}, "invoice": "in_1",
        "metadata": {**ENTRY_METADATA, "line": "base_fee", **PERIOD_METADATA}})
    yield "charge_item", lambda: v1.invoice_items.create({
        "customer": "cus_1", "amount": 5000, "currency": "jpy", "description": "setup_fee, charge 42",
        "metadata": {**ENTRY_METADATA, "line": "charge", "charge_kind": "setup_fee", "charge_number": "42"}})
    yield "invoice", lambda: v1.invoices.create({
        "customer": "cus_1", "currency": "usd", "auto_advance": False, "pending_invoice_items_behavior": "exclude",
        "metadata": {**ENTRY_METADATA, "invoice_number": "7", **PERIOD_METADATA}})
    yield "finalize_invoice", lambda: v1.invoices.finalize_invoice("in_1", {"auto_advance": True})
    yield "customer", lambda: v1.customers.create({"name": "Zoë & Söhne + [Co]", "metadata": ENTRY_METADATA})


def look_ups(v1):
    yield "list_invoice_items", lambda: v1.invoice_items.list({
        "customer": "cus_1", "created": {"gte": SINCE}, "limit": 100, "starting_after": "ii_9"})
    yield "list_invoices", lambda: v1.invoices.list({"customer": "cus_1", "created": {"gte": SINCE}, "limit": 100})
    yield "list_customers", lambda: v1.customers.list({"created": {"gte": SINCE}, "limit": 100})
    yield "retrieve_invoice", lambda: v1.invoices.retrieve("in_1")
    yield "list_meters", lambda: v1.billing.meters.list({"limit": 100})
    yield "summary", lambda: v1.billing.meters.event_summaries.list(
        "mtr_1", {"customer": "cus_1", "start_time": 1736942280, "end_time": 1736942340})
    yield "retrieve_subscription", lambda: v1.subscriptions.retrieve("sub_1")
    yield "list_subscriptions", lambda: v1.subscriptions.list({"customer": "cus_1", "status": "all", "limit": 100})
    yield "list_products", lambda: v1.products.list({"limit": 100})
    yield "list_prices", lambda: v1.prices.list({
        "lookup_keys": ["usage_billing:base_fee:usd:19900", "usage_billing:base_fee:jpy:500"],
        "limit": 100})


def metered(shape):
    return {"currency": "usd", "product": "prod_1", "lookup_key": shape.pop("lookup_key"),
            "transfer_lookup_key": True, **shape,
            "recurring": {"interval": "month", "usage_type": "metered", "meter": "mtr_1"},
            "metadata": {"usage_billing": "order"}}


def setup(v1):
    yield "make_meter", lambda: v1.billing.meters.create({
        "display_name": "order", "event_name": "order", "default_aggregation": {"formula": "sum"},
        "customer_mapping": {"event_payload_key": "stripe_customer_id", "type": "by_id"},
        "value_settings": {"event_payload_key": "value"}})
    yield "make_product", lambda: v1.products.create({"name": "Base fee", "metadata": {"usage_billing": "base_fee"}})
    yield "make_base_fee", lambda: v1.prices.create({
        "currency": "usd", "product": "prod_1", "lookup_key": "usage_billing:base_fee:usd:19900",
        "transfer_lookup_key": True, "unit_amount": 19900,
        "recurring": {"interval": "month"}, "metadata": {"usage_billing": "base_fee"}})
    yield "make_unit_price", lambda: v1.prices.create(metered({
        "lookup_key": "usage_billing:order:usd:ba78df0ac83cda24", "billing_scheme": "per_unit",
        "unit_amount_decimal": Decimal("0.001")}))
    yield "make_quota_price", lambda: v1.prices.create(metered({
        "lookup_key": "usage_billing:order:usd:c65e8a4a21419b67", "billing_scheme": "tiered", "tiers_mode": "graduated",
        "tiers": [{"up_to": 50, "unit_amount_decimal": Decimal("0")},
                  {"up_to": "inf", "unit_amount_decimal": Decimal("1000")}]}))
    yield "make_package_price", lambda: v1.prices.create(metered({
        "lookup_key": "usage_billing:order:usd:6170f43f70856197", "billing_scheme": "per_unit",
        "unit_amount_decimal": Decimal("250"), "transform_quantity": {"divide_by": 100, "round": "up"}}))
    yield "make_subscription", lambda: v1.subscriptions.create({
        "customer": "cus_1", "items": [{"price": "price_1"}, {"price": "price_2"}],
        "backdate_start_date": 1735689600,
        "billing_cycle_anchor_config": {"day_of_month": 1, "hour": 0, "minute": 0, "second": 0},
        "proration_behavior": "none", "metadata": {"company_id": "comp-123"}})
    yield "change_subscription", lambda: v1.subscriptions.update("sub_1", {
        "items": [{"id": "si_1", "price": "price_3"}, {"price": "price_4"}], "proration_behavior": "none"})


def streamed(client, session):
    yield "session", lambda: client.v2.billing.meter_event_session.create()
    yield "stream", lambda: session.v2.billing.meter_event_stream.create({"events": [{
        "event_name": "order", "payload": {"stripe_customer_id": "cus_1", "value": "-12.5"},
        "identifier": ENTRY, "timestamp": "2025-01-15T11:58:00Z"}]})


def rejections(client):
    yield "list_rejections", lambda: client.v2.core.events.list({
        "types": ["v1.billing.meter.error_report_triggered", "v1.billing.meter.no_meter_found"],
        "created": {"gte": "2025-01-15T12:00:00Z"}, "limit": 100})
    yield "retrieve_rejection", lambda: client.v2.core.events.retrieve("evt_1")


def all_requests(client, session):
    for part in (effects(client.v1), look_ups(client.v1), setup(client.v1), streamed(client, session),
                 rejections(client)):
        yield from part
