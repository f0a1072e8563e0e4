"""The simulator's process, and Stripe's client for it."""

import json
import os
import subprocess
import urllib.request

import stripe


class Process:
    """A simulator on a port of its own."""

    def __enter__(self) -> "Process":
        self.process = subprocess.Popen([os.environ["USAGE_BILLING_BINARY"], "stripe-simulator", "--port", "0"],
                                        stdout=subprocess.PIPE, text=True)
        assert self.process.stdout
        self.url = self.process.stdout.readline().strip().removeprefix("stripe simulator: ")
        assert self.url.startswith("http://"), f"the simulator did not start: {self.url}"
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        status = self.process.wait(10)
        assert status == 0, f"the simulator ended with status {status}"


class Stripe:
    """The official client, and what the simulator does on demand. The simulator is reset at its making."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.control("POST", "reset")
        self.control("POST", "settings", {"limits": {"global": None, "endpoint": None}, "summary_lag_seconds": 0})
        self.client = self.with_key("sk_test_simulator")
        self.v1, self.v2 = self.client.v1, self.client.v2

    def with_key(self, key: str) -> stripe.StripeClient:
        """A client that does not retry: the checks want to see each answer."""
        return stripe.StripeClient(key, base_addresses={"api": self.url, "meter_events": self.url},
                                   http_client=stripe.RequestsClient(timeout=5), max_network_retries=0)

    def control(self, method: str, path: str, body: dict | None = None) -> dict:
        request = urllib.request.Request(f"{self.url}/_simulator/{path}", method=method,
                                         data=None if body is None else json.dumps(body).encode())
        with urllib.request.urlopen(request, timeout=5) as answer:
            return json.load(answer)

    def fault(self, fault: str, **options: object) -> None:
        """What befalls the next call."""
        self.control("POST", "faults", {"fault": fault, **options})

    def now(self) -> int:
        return int(self.control("GET", "clock")["now"])

    def advance(self, seconds: float) -> None:
        self.control("POST", "clock", {"advance_seconds": seconds})


class fails:
    """Expects the client to raise an error of a kind, with these attributes."""

    def __init__(self, kind: type[stripe.StripeError], **attributes: object) -> None:
        self.kind, self.attributes, self.error = kind, attributes, None

    def __enter__(self) -> "fails":
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, _: object) -> bool:
        assert error is not None, f"no {self.kind.__name__}"
        if not isinstance(error, self.kind):
            return False
        for name, expected in self.attributes.items():
            actual = getattr(error, name)
            assert actual == expected, f"{name} is {actual!r}, not {expected!r}: {error}"
        self.error = error
        return True
