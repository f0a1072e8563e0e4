"""The simulated Stripe of a round: what is made there beforehand, what goes wrong, and what was received."""

import json
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

from ground import BINARY, Ground

KEY = "sk_test_outboxrun"
SHARE = 0.33

# Every kind that the simulator has. Nothing is held up for longer than the workers' time-out (2 s): what a client has
# given up on is in flight nevertheless, and no client can know for how long.
FAULTS: list[dict[str, object]] = [
    {"fault": "answer_lost"},
    {"fault": "reset"},
    {"fault": "server_error", "when": "after"},
    {"fault": "server_error", "when": "before"},
    # Only what did not begin is not kept under the key.
    {"fault": "server_error", "when": "before", "saved": False, "status": 503},
    {"fault": "server_error", "when": "after", "should_retry": True},
    {"fault": "server_error", "when": "after", "should_retry": False},
    {"fault": "slow", "delay_ms": 300},
    {"fault": "slow", "delay_ms": 300, "when": "before"},
    {"fault": "hang", "delay_ms": 1000},
    {"fault": "hang", "delay_ms": 1000, "when": "before"},
    {"fault": "rate_limited", "reason": "global-rate"},
    {"fault": "rate_limited", "reason": "endpoint-concurrency", "retry_after": 1},
    {"fault": "rate_limited", "reason": None},
    {"fault": "lock_timeout"},
    {"fault": "conflict"},
    {"fault": "unauthorized"},
    {"fault": "malformed"},
]


class Stripe:
    def __init__(self, ground: Ground) -> None:
        self.process = ground.spawn("simulator", BINARY, "stripe-simulator", "--port", "0")
        output = ground.log / "simulator.out"
        ground.await_that("the simulator listens", 30, lambda: "http://" in output.read_text())
        self.received: list[dict[str, object]] = []
        self.base = output.read_text().split(": ")[1].strip()

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=30)

    def post(self, path: str, **parameters: str) -> dict[str, object]:
        return self._ask(path, urllib.parse.urlencode(parameters).encode())

    def control(self, path: str, body: object = None) -> dict[str, object]:
        return self._ask(f"/_simulator/{path}", None if body is None else json.dumps(body).encode())

    def fail(self, seed: int) -> None:
        self.control("faults", {"share": SHARE, "seed": seed, "faults": FAULTS})

    def objects(self, kind: str) -> list[dict[str, object]]:
        return self.control(f"objects/{kind}")["data"]  # type: ignore[return-value]

    def requests(self) -> list[dict[str, object]]:
        """The last ones, in the order of their answers."""
        if not self.received:
            self.received = self.control("requests")["data"]  # type: ignore[assignment]
        return self.received

    def meter_events(self) -> list[dict[str, object]]:
        """In the order of their arrival."""
        return self.control("effects/meter_events")["data"]  # type: ignore[return-value]

    def _ask(self, path: str, body: bytes | None) -> dict[str, object]:
        request = urllib.request.Request(self.base + path, body, {"Authorization": f"Bearer {KEY}"})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)  # type: ignore[no-any-return]
        except urllib.error.HTTPError as error:
            raise SystemExit(f"error: the simulator refuses {path}: {error.read().decode()}") from error
