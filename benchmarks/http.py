"""What the emitted http_server answers in a second, beside OTP's httpd and a bare gen_tcp loop.

    python benchmarks/http.py [--seconds 5] [--connections 32] [--rounds 5] [--folder DIR]

Makes the project of ``examples/g4`` and starts the four servers of ``http_servers.exs`` in one VM,
which answer ``GET /`` with the same text. ``wrk`` asks one after the other, in each round in
another order, on connections that are kept. What is printed are medians over the rounds, and the
ratio to the http_server of the same round. Nothing is judged. Needs wrk, Elixir and OTP's inets.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from shared import OTPGEN, ROOT, machine, markdown, place

SERVERS = {
    "http_server": "http_server, with its router",
    "httpd": "httpd as it comes",
    "httpd_one_write": "httpd, one write an answer",
    "gen_tcp": "a bare gen_tcp loop",
}


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description="Times the emitted http_server with wrk.")
    parser.add_argument("--seconds", type=int, default=5, metavar="N")
    parser.add_argument("--connections", type=int, default=32, metavar="N")
    parser.add_argument("--rounds", type=int, default=5, metavar="N")
    parser.add_argument("--folder", help="where to write; the folder for temporary files")
    asked = parser.parse_args()
    with place(asked.folder) as folder, servers(folder / "g4") as ports:
        rates = measure(ports, asked.rounds, asked.connections, asked.seconds)
    print(f"{machine()}; medians of {asked.rounds} rounds of {asked.seconds} s\n")
    print(table(rates))


@contextmanager
def servers(project: Path) -> Iterator[Mapping[str, int]]:
    """Start the servers in a project of their own and give their ports."""
    subprocess.run([*OTPGEN, "new", "--example", "g4", project], cwd=ROOT, check=True)
    subprocess.run(["mix", "compile"], cwd=project, stdout=subprocess.DEVNULL, check=True)
    script = Path(__file__).with_name("http_servers.exs")
    process = subprocess.Popen(
        ["mix", "run", "--no-start", script],
        cwd=project,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        lines = [process.stdout.readline().split() for _ in SERVERS]
        yield {name: int(port) for name, port in lines}
    finally:
        process.communicate()  # they end with their standard input


def measure(
    ports: Mapping[str, int], rounds: int, connections: int, seconds: int
) -> dict[str, list[float]]:
    """Return the answers in a second of each server, one figure a round."""
    rates: dict[str, list[float]] = {name: [] for name in ports}
    names = list(ports)
    for name in names:
        wrk(ports[name], connections, 1)  # loads what is not loaded
    for number in range(rounds):
        print(f"round {number + 1} of {rounds}", file=sys.stderr)
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            rates[name].append(wrk(ports[name], connections, seconds))
    return rates


def wrk(port: int, connections: int, seconds: int) -> float:
    """Run wrk once; an answer that is no 200 or an error of a socket fails."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}", f"http://127.0.0.1:{port}/"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rate = re.search(r"Requests/sec: +([\d.]+)", printed)
    if rate is None or "Non-2xx" in printed or "Socket errors" in printed:
        raise AssertionError(printed)
    return float(rate[1])


def table(rates: Mapping[str, Sequence[float]]) -> str:
    """Return the figures as a table in Markdown."""
    head = ("server", "answers a second", "lowest", "highest", "beside the http_server")
    return markdown(head, [list(_cells(name, rates)) for name in SERVERS])


def _cells(name: str, rates: Mapping[str, Sequence[float]]) -> Iterator[str]:
    yield SERVERS[name]
    yield f"{median(rates[name]):,.0f}"
    yield f"{min(rates[name]):,.0f}"
    yield f"{max(rates[name]):,.0f}"
    ours = rates["http_server"]
    yield f"{median(one / own for one, own in zip(rates[name], ours, strict=True)):.2f}"


if __name__ == "__main__":
    main()
