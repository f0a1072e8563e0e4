"""Products, prices, subscriptions, invoice items and invoices, by the official client."""

import datetime
from decimal import Decimal

import stripe

from simulator import Stripe, fails

MONTHLY = {"interval": "month"}


def at(year: int, month: int, day: int) -> int:
    return int(datetime.datetime(year, month, day, tzinfo=datetime.timezone.utc).timestamp())


JANUARY, FEBRUARY, MARCH = at(2025, 1, 1), at(2025, 2, 1), at(2025, 3, 1)


def go(s: Stripe, time: int) -> None:
    """Moves the clock there and stops it."""
    when = datetime.datetime.fromtimestamp(time, datetime.timezone.utc)
    s.control("POST", "clock", {"at": when.strftime("%Y-%m-%dT%H:%M:%SZ"), "frozen": True})


def licensed(s: Stripe, amount: int, name: str = "Base", **more: object) -> stripe.Price:
    return s.v1.prices.create({"currency": "usd", "product_data": {"name": name}, "unit_amount": amount,
                               "recurring": MONTHLY, **more})


def metered(s: Stripe, event: str, **amounts: object) -> stripe.Price:
    meter = s.v1.billing.meters.create({"display_name": event, "event_name": event,
                                        "default_aggregation": {"formula": "sum"}})
    return s.v1.prices.create({"currency": "usd", "product_data": {"name": event},
                               "recurring": {**MONTHLY, "usage_type": "metered", "meter": meter.id}, **amounts})


def use(s: Stripe, customer: str, event: str, value: str, time: int) -> None:
    s.v1.billing.meter_events.create({"event_name": event, "timestamp": time,
                                      "payload": {"stripe_customer_id": customer, "value": value}})


def totals(s: Stripe, customer: str) -> list[int]:
    """Of all invoices, the oldest first."""
    return [invoice.total for invoice in s.v1.invoices.list({"customer": customer, "limit": 100}).data][::-1]


def test_life_of_a_product(s: Stripe) -> None:
    product = s.v1.products.create({"id": "standard", "name": "Standard", "unit_label": "order",
                                    "metadata": {"plan": "standard"}})
    assert isinstance(product, stripe.Product) and product.active and product.id == "standard"
    assert product.metadata.to_dict() == {"plan": "standard"} and product.images == []
    with fails(stripe.InvalidRequestError, http_status=400, code="resource_already_exists", param="id"):
        s.v1.products.create({"id": "standard", "name": "Again"})
    with fails(stripe.InvalidRequestError, code="parameter_missing", param="name"):
        s.v1.products.create({"id": "other"})
    assert s.v1.products.update("standard", {"active": False, "unit_label": ""}).unit_label is None
    assert [p.id for p in s.v1.products.list({"active": False, "ids": ["standard", "none"]}).data] == ["standard"]
    assert s.v1.products.delete("standard").deleted
    with fails(stripe.InvalidRequestError, http_status=404, code="resource_missing"):
        s.v1.products.retrieve("standard")


def test_prices_by_the_unit(s: Stripe) -> None:
    # As text: the client would write a decimal this small with an exponent.
    price = metered(s, "api_call", unit_amount_decimal="0.000000000001", lookup_key="api",
                    transform_quantity={"divide_by": 1000, "round": "up"}, metadata={"rate": "7"}, nickname="API")
    assert isinstance(price, stripe.Price) and price.unit_amount is None
    assert price.unit_amount_decimal == Decimal("0.000000000001")
    assert price.recurring.usage_type == "metered" and price.recurring.meter.startswith("mtr_")
    assert price.transform_quantity.divide_by == 1000 and price.transform_quantity.round == "up"
    once = s.v1.prices.create({"currency": "usd", "product": price.product, "unit_amount_decimal": Decimal("1000.0")})
    assert once.unit_amount == 1000 and once.type == "one_time" and once.recurring is None
    assert [p.id for p in s.v1.prices.list({"lookup_keys": ["api"]}).data] == [price.id]
    assert [p.id for p in s.v1.prices.list({"type": "one_time", "product": price.product}).data] == [once.id]
    assert [p.id for p in s.v1.prices.list({"recurring": {"meter": price.recurring.meter}}).data] == [price.id]
    changed = s.v1.prices.update(once.id, {"active": False, "lookup_key": "api", "transfer_lookup_key": True})
    assert changed.lookup_key == "api" and not changed.active
    assert s.v1.prices.retrieve(price.id).lookup_key is None


def test_prices_with_tiers(s: Stripe) -> None:
    tiers = [{"up_to": 50, "unit_amount": 0}, {"up_to": "inf", "unit_amount_decimal": Decimal("999.5"), "flat_amount": 3}]
    price = metered(s, "assessment", billing_scheme="tiered", tiers_mode="graduated", tiers=tiers, expand=["tiers"])
    assert price.billing_scheme == "tiered" and price.tiers_mode == "graduated" and price.unit_amount is None
    assert [tier.up_to for tier in price.tiers] == [50, None]
    assert price.tiers[1].unit_amount_decimal == Decimal("999.5") and price.tiers[1].flat_amount == 3
    assert "tiers" not in s.v1.prices.retrieve(price.id)
    assert len(s.v1.prices.retrieve(price.id, {"expand": ["tiers"]}).tiers) == 2


def test_prices_that_are_refused(s: Stripe) -> None:
    product = s.v1.products.create({"name": "A"}).id
    for params, code, param in (
            ({"unit_amount": 1, "unit_amount_decimal": 1}, "parameters_exclusive", "unit_amount"),
            ({}, "parameter_missing", "unit_amount"),
            ({"unit_amount": -1}, "parameter_invalid_integer", "unit_amount"),
            ({"unit_amount": 1, "recurring": {"interval": "hour"}}, None, "recurring[interval]"),
            ({"unit_amount": 1, "recurring": {**MONTHLY, "usage_type": "metered"}}, "parameter_missing",
             "recurring[meter]"),
            ({"billing_scheme": "tiered", "tiers_mode": "volume", "tiers": [{"up_to": 5, "unit_amount": 1}]}, None,
             "tiers"),
            ({"unit_amount": 1, "discount": 1}, "parameter_unknown", "discount")):
        with fails(stripe.InvalidRequestError, http_status=400, code=code, param=param):
            s.v1.prices.create({"currency": "usd", "product": product, **params})
    with fails(stripe.InvalidRequestError, code="resource_missing", param="product"):
        s.v1.prices.create({"currency": "usd", "product": "prod_none", "unit_amount": 1})


def test_life_of_an_invoice_item(s: Stripe) -> None:
    customer = s.v1.customers.create().id
    item = s.v1.invoice_items.create(
        {"customer": customer, "amount": -150, "currency": "usd", "description": "Credit",
         "period": {"start": JANUARY, "end": FEBRUARY}, "metadata": {"entry": "e-1"}}, {"idempotency_key": "i"})
    assert isinstance(item, stripe.InvoiceItem) and item.id.startswith("ii_") and item.amount == -150
    assert item.period.start == JANUARY and item.period.end == FEBRUARY and item.invoice is None
    assert item.metadata["entry"] == "e-1" and item.pricing.unit_amount_decimal == Decimal(-150) and not item.proration
    calls = s.v1.invoice_items.create({"customer": customer, "currency": "usd", "quantity": 50_500,
                                       "unit_amount_decimal": Decimal("0.001")})
    assert calls.amount == 51 and calls.quantity == 50_500 and calls.quantity_decimal == Decimal(50_500)
    assert s.v1.invoice_items.retrieve(item.id).description == "Credit"
    assert s.v1.invoice_items.update(calls.id, {"amount": 60}).amount == 60
    pages = s.v1.invoice_items.list({"customer": customer, "limit": 1, "created": {"gte": item.date}, "pending": True})
    assert [i.id for i in pages.auto_paging_iter()] == [calls.id, item.id]
    assert s.v1.invoice_items.delete(calls.id).deleted
    assert [i.id for i in s.v1.invoice_items.list({"customer": customer}).data] == [item.id]
    again = s.v1.invoice_items.create(
        {"customer": customer, "amount": -150, "currency": "usd", "description": "Credit",
         "period": {"start": JANUARY, "end": FEBRUARY}, "metadata": {"entry": "e-1"}}, {"idempotency_key": "i"})
    assert again.id == item.id


def test_invoice_items_that_are_refused(s: Stripe) -> None:
    customer = s.v1.customers.create().id
    for params, code, param in (
            ({}, "parameter_missing", "amount"), ({"amount": "1.5"}, "parameter_invalid_integer", "amount"),
            ({"amount": 1, "unit_amount_decimal": 1}, "parameters_exclusive", "amount"),
            ({"unit_amount_decimal": "0.0000000000001"}, None, "unit_amount_decimal"),
            ({"amount": 1, "period": {"start": 1}}, "parameter_missing", "period[end]"),
            ({"amount": 1, "invoice": "in_none"}, "resource_missing", "invoice"),
            ({"amount": 1, "price": "price_1"}, "parameter_unknown", "price")):
        with fails(stripe.InvalidRequestError, http_status=400, code=code, param=param):
            s.v1.invoice_items.create({"customer": customer, **params})
    with fails(stripe.InvalidRequestError, code="resource_missing", param="customer"):
        s.v1.invoice_items.create({"customer": "cus_none", "amount": 1})


def test_an_invoice_by_hand(s: Stripe) -> None:
    customer = s.v1.customers.create().id
    waiting = s.v1.invoice_items.create({"customer": customer, "amount": 7, "currency": "usd"})
    invoice = s.v1.invoices.create({"customer": customer, "metadata": {"invoice": "i-7"}, "auto_advance": False})
    assert isinstance(invoice, stripe.Invoice) and invoice.status == "draft" and invoice.lines.data == []
    item = s.v1.invoice_items.create({"customer": customer, "amount": 19_900, "currency": "usd", "invoice": invoice.id})
    assert [i.id for i in s.v1.invoice_items.list({"invoice": invoice.id}).data] == [item.id]
    final = s.v1.invoices.finalize_invoice(invoice.id)
    assert final.status == "open" and final.amount_due == 19_900 and final.number and final.total == 19_900
    with fails(stripe.InvalidRequestError, http_status=400):
        s.v1.invoices.finalize_invoice(invoice.id)
    with fails(stripe.InvalidRequestError, code="invoice_not_editable", param="invoice"):
        s.v1.invoice_items.create({"customer": customer, "amount": 1, "currency": "usd", "invoice": invoice.id})
    with fails(stripe.InvalidRequestError, code="invoice_not_editable"):
        s.v1.invoice_items.delete(item.id)
    lines = s.v1.invoices.line_items.list(invoice.id)
    assert [line.parent.invoice_item_details.invoice_item for line in lines.data] == [item.id]
    assert lines.data[0].amount == 19_900 and lines.data[0].quantity == 1
    assert s.v1.invoices.pay(invoice.id).status == "paid"
    with fails(stripe.InvalidRequestError, http_status=400):
        s.v1.invoices.pay(invoice.id)
    included = s.v1.invoices.create({"customer": customer, "pending_invoice_items_behavior": "include"})
    assert included.total == 7 and s.v1.invoice_items.retrieve(waiting.id).invoice == included.id
    assert s.v1.invoices.update(included.id, {"description": "Text"}).description == "Text"
    s.v1.invoices.finalize_invoice(included.id)
    assert s.v1.invoices.void_invoice(included.id).status == "void"
    third = s.v1.invoices.create({"customer": customer, "collection_method": "send_invoice", "days_until_due": 30})
    s.v1.invoice_items.create({"customer": customer, "amount": 5, "currency": "usd", "invoice": third.id})
    assert s.v1.invoices.finalize_invoice(third.id).due_date == s.v1.invoices.retrieve(third.id).due_date
    assert s.v1.invoices.mark_uncollectible(third.id).status == "uncollectible"
    listed = {status: [i.id for i in s.v1.invoices.list({"customer": customer, "status": status}).data]
              for status in ("paid", "void", "uncollectible", "draft")}
    assert listed == {"paid": [invoice.id], "void": [included.id], "uncollectible": [third.id], "draft": []}


def test_a_total_below_zero_bills_nothing(s: Stripe) -> None:
    customer = s.v1.customers.create().id
    s.v1.invoice_items.create({"customer": customer, "amount": -700, "currency": "usd"})
    invoice = s.v1.invoices.create({"customer": customer, "pending_invoice_items_behavior": "include"})
    final = s.v1.invoices.finalize_invoice(invoice.id)
    assert final.total == -700 and final.amount_due == 0 and final.status == "paid" and final.ending_balance == -700
    assert s.v1.customers.retrieve(customer).balance == -700


def test_at_most_250_items(s: Stripe) -> None:
    customer = s.v1.customers.create().id
    invoice = s.v1.invoices.create({"customer": customer})
    for _ in range(250):
        s.v1.invoice_items.create({"customer": customer, "amount": 1, "currency": "usd", "invoice": invoice.id})
    with fails(stripe.InvalidRequestError, http_status=400, param="invoice"):
        s.v1.invoice_items.create({"customer": customer, "amount": 1, "currency": "usd", "invoice": invoice.id})
    lines = list(s.v1.invoices.line_items.list(invoice.id, {"limit": 100}).auto_paging_iter())
    assert len({line.id for line in lines}) == 250


def test_the_example_month(s: Stripe) -> None:
    go(s, JANUARY)
    customer = s.v1.customers.create().id
    meters = (("order", {"unit_amount": 10}, "1250"), ("invoice", {"unit_amount": 5}, "980"),
              ("storage", {"unit_amount": 100}, "45"), ("api_call", {"unit_amount_decimal": "0.001"}, "50000"),
              ("ai_job", {"unit_amount": 50}, "120"))
    prices = [licensed(s, 19_900).id] + [metered(s, event, **amount).id for event, amount, _ in meters]
    subscription = s.v1.subscriptions.create(
        {"customer": customer, "items": [{"price": price} for price in prices],
         "billing_cycle_anchor_config": {"day_of_month": 1, "hour": 0, "minute": 0, "second": 0}})
    assert isinstance(subscription, stripe.Subscription) and subscription.status == "active"
    items = subscription["items"].data
    assert [item.price.id for item in items] == prices
    assert {(item.current_period_start, item.current_period_end) for item in items} == {(JANUARY, FEBRUARY)}
    for event, _, value in meters:
        use(s, customer, event, value, JANUARY)
    preview = s.v1.invoices.create_preview({"customer": customer})
    assert preview.total == 47_850 and preview.id.startswith("upcoming_in_")
    assert s.v1.invoices.create_preview({"subscription": subscription.id}).total == 47_850
    go(s, FEBRUARY)
    draft = s.v1.invoices.list({"subscription": subscription.id, "status": "draft"}).data[0]
    assert draft.total == 47_850 and draft.billing_reason == "subscription_cycle"
    assert draft.automatically_finalizes_at == FEBRUARY + 3600
    assert draft.parent.subscription_details.subscription == subscription.id
    assert sorted(line.amount for line in draft.lines.data) == [50, 4500, 4900, 6000, 12_500, 19_900]
    usage = draft.lines.data[1]
    assert usage.period.start == JANUARY and usage.period.end == FEBRUARY and usage.quantity == 1250
    assert usage.pricing.price_details.price == prices[1]
    assert usage.parent.subscription_item_details.subscription_item == items[1].id
    go(s, FEBRUARY + 3600)
    assert s.v1.invoices.retrieve(draft.id).amount_paid == 47_850
    use(s, customer, "order", "1000", FEBRUARY - 1)
    assert totals(s, customer) == [19_900, 47_850]
    go(s, MARCH)
    assert totals(s, customer) == [19_900, 47_850, 19_900]


def test_a_quota_in_tiers(s: Stripe) -> None:
    go(s, JANUARY)
    customer = s.v1.customers.create().id
    price = metered(s, "assessment", billing_scheme="tiered", tiers_mode="graduated",
                    tiers=[{"up_to": 50, "unit_amount": 0}, {"up_to": "inf", "unit_amount": 1000}])
    s.v1.subscriptions.create({"customer": customer, "items": [{"price": price.id}]})
    use(s, customer, "assessment", "60", JANUARY)
    go(s, FEBRUARY)
    assert totals(s, customer) == [0, 10_000]


def test_a_backdated_subscription(s: Stripe) -> None:
    go(s, JANUARY + 14 * 86_400)
    customer = s.v1.customers.create().id
    order = metered(s, "order", unit_amount=10)
    use(s, customer, "order", "4", JANUARY + 3)
    subscription = s.v1.subscriptions.create(
        {"customer": customer, "items": [{"price": licensed(s, 19_900).id}, {"price": order.id}],
         "backdate_start_date": JANUARY, "billing_cycle_anchor": FEBRUARY})
    assert subscription.start_date == JANUARY and subscription.billing_cycle_anchor == FEBRUARY
    assert subscription["items"].data[0].current_period_start == JANUARY
    go(s, FEBRUARY)
    assert totals(s, customer) == [19_900, 19_940]


def test_changes_of_a_subscription(s: Stripe) -> None:
    go(s, JANUARY)
    customer = s.v1.customers.create().id
    small, large = licensed(s, 3100, "Small").id, licensed(s, 6200, "Large").id
    order = metered(s, "order", unit_amount=10).id
    subscription = s.v1.subscriptions.create({"customer": customer, "items": [{"price": small}]})
    item = subscription["items"].data[0].id
    go(s, at(2025, 1, 11))
    changed = s.v1.subscriptions.update(
        subscription.id, {"items": [{"id": item, "price": large}, {"price": order}], "metadata": {"a": "b"}})
    assert [i.price.id for i in changed["items"].data] == [large, order] and changed.metadata["a"] == "b"
    pending = s.v1.invoice_items.list({"customer": customer, "pending": True}).data
    assert sorted(i.amount for i in pending) == [-2100, 4200] and all(i.proration for i in pending)
    second = changed["items"].data[1].id
    assert s.v1.subscription_items.retrieve(second).price.id == order
    assert {i.id for i in s.v1.subscription_items.list({"subscription": subscription.id}).data} == {item, second}
    more = s.v1.subscription_items.create(
        {"subscription": subscription.id, "price": small, "quantity": 2, "proration_behavior": "none"})
    assert more.quantity == 2 and s.v1.subscription_items.update(
        more.id, {"quantity": 3, "proration_behavior": "none"}).quantity == 3
    assert s.v1.subscription_items.delete(more.id, {"proration_behavior": "none"}).deleted
    with fails(stripe.InvalidRequestError, param="items[0][price]"):
        s.v1.subscriptions.update(subscription.id, {"items": [{"price": "price_none"}]})
    assert s.v1.subscriptions.update(subscription.id, {"cancel_at_period_end": True}).cancel_at_period_end
    go(s, MARCH)
    assert totals(s, customer) == [3100, 2100]
    assert s.v1.subscriptions.retrieve(subscription.id).status == "canceled"
    assert s.v1.subscriptions.list({"customer": customer}).data == []
    assert len(s.v1.subscriptions.list({"customer": customer, "status": "all"}).data) == 1


def test_the_end_of_a_subscription(s: Stripe) -> None:
    go(s, JANUARY)
    customer = s.v1.customers.create().id
    order = metered(s, "order", unit_amount=10).id
    subscription = s.v1.subscriptions.create({"customer": customer, "items": [{"price": order}]})
    use(s, customer, "order", "5", JANUARY)
    go(s, JANUARY + 60)
    assert s.v1.subscriptions.cancel(subscription.id, {"invoice_now": True}).status == "canceled"
    with fails(stripe.InvalidRequestError, http_status=404, code="resource_missing"):
        s.v1.subscriptions.cancel(subscription.id)
    assert totals(s, customer) == [0, 50]
    with fails(stripe.InvalidRequestError, http_status=404, code="invoice_upcoming_none"):
        s.v1.invoices.create_preview({"customer": customer})


def test_subscriptions_that_are_refused(s: Stripe) -> None:
    customer, base = s.v1.customers.create().id, licensed(s, 100).id
    order = metered(s, "order", unit_amount=1).id
    for params, code, param in (
            ({"items": [{"price": "price_none"}]}, "resource_missing", "items[0][price]"),
            ({}, "parameter_missing", "items"),
            ({"items": [{"price": order, "quantity": 3}]}, None, "items[0][quantity]"),
            ({"items": [{"price": base}, {"price": base}]}, None, "items"),
            ({"items": [{"price": base}], "billing_cycle_anchor": 1}, None, "billing_cycle_anchor"),
            ({"items": [{"price": base}], "backdate_start_date": s.now() + 60}, None, "backdate_start_date"),
            ({"items": [{"price": base}], "collection_method": "send_invoice"}, "parameter_missing", "days_until_due"),
            ({"items": [{"price": base}], "trial": 1}, "parameter_unknown", "trial")):
        with fails(stripe.InvalidRequestError, http_status=400, code=code, param=param):
            s.v1.subscriptions.create({"customer": customer, **params})
    assert s.v1.subscriptions.list({"status": "all"}).data == []
