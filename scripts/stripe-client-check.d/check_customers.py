"""`/v1/customers`, by the official client."""

import stripe

from simulator import Stripe, fails


def test_life_of_a_customer(s: Stripe) -> None:
    customer = s.v1.customers.create({"name": "Acme", "email": "a@b.c", "metadata": {"company": "comp-1", "x": "y"}})
    assert isinstance(customer, stripe.Customer)
    assert customer.id.startswith("cus_") and customer.object == "customer" and not customer.livemode
    assert abs(customer.created - s.now()) <= 5
    changed = s.v1.customers.update(customer.id, {"name": "", "metadata": {"x": ""}})
    assert changed.name is None and changed.metadata.to_dict() == {"company": "comp-1"}
    assert s.v1.customers.retrieve(customer.id).email == "a@b.c"
    assert s.v1.customers.delete(customer.id).deleted
    assert s.v1.customers.retrieve(customer.id).deleted
    for gone in (customer.id, "cus_none"):
        with fails(stripe.InvalidRequestError, http_status=404, code="resource_missing", param="id"):
            s.v1.customers.update(gone, {"name": "b"})


def test_live_keys_make_live_objects(s: Stripe) -> None:
    assert s.with_key("sk_live_simulator").v1.customers.create().livemode


def test_lists_are_paged_to_their_end_both_ways(s: Stripe) -> None:
    ids = [s.v1.customers.create({"email": f"{n % 2}@b.c"}).id for n in range(7)]
    page = s.v1.customers.list({"limit": 3})
    assert [customer.id for customer in page.data] == ids[:3:-1] and page.has_more
    assert [customer.id for customer in page.auto_paging_iter()] == ids[::-1]
    back = s.v1.customers.list({"limit": 2, "ending_before": ids[0]})
    assert [customer.id for customer in back.data] == [ids[2], ids[1]]
    assert [customer.id for customer in back.auto_paging_iter()] == ids[1:]
    assert len(s.v1.customers.list({"email": "0@b.c"}).data) == 4


def test_lists_are_filtered_by_time(s: Stripe) -> None:
    first = s.v1.customers.create()
    s.advance(100)
    second = s.v1.customers.create()

    def listed(**bounds: int) -> list[str]:
        return [customer.id for customer in s.v1.customers.list({"created": bounds}).data]

    assert listed(gte=second.created) == [second.id] and listed(gt=first.created) == [second.id]
    assert listed(lt=second.created) == [first.id] and listed(lte=second.created) == [second.id, first.id]
