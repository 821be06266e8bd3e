"""`python -m tests.bench.screening`: what screening a message costs, on the processor; the aim is under 2 ms."""

import json
import time
from typing import Final

from wellbeing.screening import screen

PROSE: Final = (
    "Morning everybody. The last hour was long, a lot of background talk and one child who cried for minutes. "
    "I took my break, walked around the block twice and I feel a little better, thanks for asking yesterday. "
)
MESSAGES: Final = {
    "usual": PROSE,
    "with numbers": (PROSE + "My number is 0722 123 456 and his card 4111 1111 1111 1111. ") * 2,
    "longest": (PROSE * 10)[:2000],
}
ROUNDS: Final = 200


def main() -> None:
    figures = {name: (len(text), *_microseconds(text)) for name, text in MESSAGES.items()}
    print(f"{'message':>14} {'characters':>10} {'median µs':>10} {'p99 µs':>8}")
    for name, (length, median, p99) in figures.items():
        print(f"{name:>14} {length:>10} {median:>10.0f} {p99:>8.0f}")
    print(json.dumps({"screening_us": {name: median for name, (_, median, _) in figures.items()}}))


def _microseconds(text: str) -> tuple[float, float]:
    """Median and p99 of one screening, in processor time: what others do on the machine does not count."""
    taken = []
    for _ in range(ROUNDS):
        started = time.thread_time()
        screen(text)
        taken.append((time.thread_time() - started) * 1e6)
    taken.sort()
    return taken[ROUNDS // 2], taken[ROUNDS * 99 // 100]


if __name__ == "__main__":
    main()
