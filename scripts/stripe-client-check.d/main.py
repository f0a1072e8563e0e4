"""The checks of `scripts/stripe-client-check`, which prepares everything and starts this: every `test_…` function of every
`check_….py` beside this file, each with a simulator that knows nothing yet."""

import importlib
import pathlib
import sys
import traceback

import simulator


def main() -> int:
    passed, failed = 0, 0
    with simulator.Process() as process:
        for path in sorted(pathlib.Path(__file__).parent.glob("check_*.py")):
            module = importlib.import_module(path.stem)
            for name, test in list(vars(module).items()):
                if not name.startswith("test_"):
                    continue
                title = f"{path.stem.removeprefix('check_')}: {name.removeprefix('test_').replace('_', ' ')}"
                try:
                    test(simulator.Stripe(process.url))
                except Exception:
                    failed += 1
                    print(f"FAILED  {title}\n{traceback.format_exc()}", flush=True)
                else:
                    passed += 1
                    print(f"passed  {title}", flush=True)
    print(f"official client: {passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
