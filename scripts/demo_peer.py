"""One whom the help desk tells. It writes down what has reached it before it says so.

demo_peer.py mail PORT FILE       takes mail over SMTP
demo_peer.py webhook PORT FILE    takes posts; FILE.mood has its answers, if not 200, in turn
"""

from __future__ import annotations

import email
import email.policy
import itertools
import json
import signal
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


def note(log: Path, subject: str, answer: str) -> None:
    """Write down a number and what is answered, at once and whoever else writes."""
    with log.open("a", encoding="utf-8") as file:
        file.write(f"{int(subject.removeprefix('#').split()[0])} {answer}\n")


def serve_mail(port: int, log: Path) -> None:
    from aiosmtpd.controller import Controller  # which a webhook does without

    class Mailboxes:
        async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
            mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
            note(log, mail["Subject"], "200")
            return "250 OK"

    Controller(Mailboxes(), hostname="127.0.0.1", port=port).start()
    signal.pause()


def serve_webhook(port: int, log: Path) -> None:
    mood, asked = Path(f"{log}.mood"), itertools.count()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            answers = mood.read_text(encoding="utf-8").split() if mood.exists() else []
            answer = answers[next(asked) % len(answers)] if answers else "200"
            note(log, said.get("content") or said["text"], answer)
            if answer == "hangs":
                threading.Event().wait()
            self.send_response(int(answer))
            if answer == "429":
                self.send_header("Retry-After", "1")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_said: Any) -> None:
            pass

    ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()


if __name__ == "__main__":
    {"mail": serve_mail, "webhook": serve_webhook}[sys.argv[1]](int(sys.argv[2]), Path(sys.argv[3]))
