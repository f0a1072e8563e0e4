"""Records what the official client sends, and compares it with a file or writes the file anew."""
import json
import pathlib
import sys

import stripe

from official import all_requests
from recorder import Recorder


def record():
    recorder = Recorder()
    bases = {"api": recorder.base, "meter_events": recorder.base}
    stripe.enable_telemetry = False
    client = stripe.StripeClient("sk_test_1", base_addresses=bases, max_network_retries=0)
    session = stripe.StripeClient("session_1", base_addresses=bases, max_network_retries=0)
    lines = []
    for name, send in all_requests(client, session):
        recorder.last = None
        send()
        assert recorder.last, f"{name}: nothing was sent"
        lines.append(json.dumps({"name": name, **recorder.last}, ensure_ascii=False))
    return lines


def main():
    file = pathlib.Path(sys.argv[1])
    lines = record()
    if "--record" in sys.argv:
        file.write_text("\n".join(lines) + "\n")
        print(f"{len(lines)} requests recorded")
        return 0
    kept = file.read_text().splitlines()
    differing = [line for line in lines if line not in kept] + [line for line in kept if line not in lines]
    for line in differing:
        print("differs:", line)
    print(f"{len(lines)} requests of the official client {stripe.VERSION}, {len(differing)} differences")
    return 1 if differing else 0


sys.exit(main())
