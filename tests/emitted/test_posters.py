"""Slack, Discord and mail: what they deliver to real peers, and to peers that mean harm."""

import email
import email.policy
import json
import os
import re
import shutil
import signal
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller

from .conftest import free_ports, require
from .test_nodes import eventually

pytestmark = pytest.mark.mix
CASE = str(Path(__file__).parent / "cases/posters/otpgen.yaml")
SECRET = "T0-and-B0-and-a-secret"
DELIVER = """
alias PostRuntime.Channel
for line <- IO.stream(:stdio, :line) do
  {channel, subject, text, id} = line |> Code.eval_string() |> elem(0)
  [pid] = Channel.members(channel)
  outcome = Channel.deliver(pid, %{id: id, subject: subject, text: text})
  IO.puts("came: " <> inspect(outcome, width: :infinity))
end
"""


class Webhook:
    """Records what is posted; answers with what stands in ``answers``, and then with 200."""

    def __init__(self):
        self.asked, self.answers, self.hang = [], [], threading.Event()
        peer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                length = int(self.headers["Content-Length"])
                peer.asked.append((self.path, self.headers, self.rfile.read(length)))
                answer = peer.answers.pop(0) if peer.answers else (200, {}, "ok")
                if answer == "hang":
                    peer.hang.wait(60)
                elif answer != "close":
                    status, headers, body = answer
                    self.send_response(status)
                    for name, value in headers.items():
                        self.send_header(name, value)
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body.encode())

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/{SECRET}"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def end(self):
        self.hang.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


REFUSED = {"later": "451 come again", "nobody": "550 no such user"}


class Mailboxes:
    """Takes mail over SMTP, but for recipients whose names say that it should not."""

    def __init__(self, port):
        self.mails = []
        self.controller = Controller(self, hostname="127.0.0.1", port=port)

    async def handle_RCPT(self, server, session, envelope, address, options):
        envelope.rcpt_tos.append(address)
        return REFUSED.get(address.partition("@")[0], "250 OK")

    async def handle_DATA(self, server, session, envelope):
        self.mails.append(envelope)
        return "250 OK"


@pytest.fixture
def webhook():
    peer = Webhook()
    yield peer
    peer.end()


@pytest.fixture
def smtp(tmp_path):
    """An SMTP server that is yet to be started, and msmtp as the sendmail that knows it."""
    require("msmtp")
    (port,) = map(int, free_ports(1))
    (tmp_path / "msmtp").mkdir()
    settings = f"account default\nhost 127.0.0.1\nport {port}\nauth off\ntls off\ntimeout 5\n"
    (tmp_path / "msmtp/config").write_text(settings)
    mailboxes = Mailboxes(port)
    mailboxes.env = {"XDG_CONFIG_HOME": str(tmp_path)}
    yield mailboxes
    if mailboxes.controller.loop.is_running():
        mailboxes.controller.stop()


def sendmail():
    """Return Debian's msmtp, as /usr/sbin/sendmail if that is what it is."""
    usual = Path("/usr/sbin/sendmail")
    msmtp = Path(shutil.which("msmtp"))
    return str(usual if usual.exists() and usual.resolve() == msmtp.resolve() else msmtp)


@pytest.fixture
def deliver(project, environment, tmp_path):
    """Have the project deliver notifications one after another; what comes of each, and the log."""
    root = project(CASE)
    script = tmp_path / "deliver.exs"
    script.write_text(DELIVER)

    def start(**env):
        return subprocess.Popen(
            ["mix", "run", str(script)],
            cwd=root,
            env={**environment, **variables(), **env},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(notifications, **env):
        lines = [term(*one) for one in notifications]
        process = start(**env)
        log, _ = process.communicate("\n".join(lines) + "\n", timeout=120)
        assert process.returncode == 0, log
        return re.findall("^came: (.*)$", log, re.MULTILINE), log

    run.start = start
    return run


def variables():
    """Return what the environment of a node must say, and leads nowhere."""
    return {
        "SLACK_WEBHOOK": "http://127.0.0.1:1/",
        "DISCORD_WEBHOOK": "http://127.0.0.1:1/",
        "A_VARIABLE_WITH_A_LONG_NAME_THAT_HAS_THE_ADDRESS_OF_THE_WEBHOOK": "http://127.0.0.1:1/",
        "DESK_FROM": "desk@example.org",
        "DESK_TO": "team@example.org, boss@example.org",
        "DESK_SENDMAIL": sendmail(),
    }


def term(channel, subject, text, id_=17):
    """Return a notification as Elixir reads it: its texts as lists of bytes, on one line."""
    subject, text = (
        f"<<{', '.join(map(str, said if isinstance(said, bytes) else said.encode()))}>>"
        for said in (subject, text)
    )
    return f"{{:{channel}, {subject}, {text}, {id_}}}"


HOSTILE = [
    ("Printer\r\nBcc: evil@example.org", "It <script>alert(1)</script> & burns."),
    (
        "@everyone <!channel>",
        "<@U1> <https://evil.example|bank> [bank](https://evil.example) **b**",
    ),
    ('"quoted\\', '"}, {"text": "two"}\r\n\r\nGET / HTTP/1.1\r\n\r\n.\r\nQUIT\r\n'),
    ("Принтер горит 🔥 " * 20, "x" * 10_000),
    ("<" * 500, "🔥" * 10_000),
    ("=?utf-8?Q?no?=", ""),
]


def unescaped(text):
    for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        text = text.replace(entity, character)
    return text


def test_slack_is_posted_text(deliver, webhook):
    printed, _ = deliver([("slack", *one) for one in HOSTILE], SLACK_WEBHOOK=webhook.url)

    assert printed == [":ok"] * len(HOSTILE)
    assert [path for path, _, _ in webhook.asked] == [f"/{SECRET}"] * len(HOSTILE)
    for (subject, text), (_, headers, body) in zip(HOSTILE, webhook.asked, strict=True):
        message = json.loads(body)
        whole = f"#17 {subject}\n{text}"
        escaped = message.pop("text")
        shown = unescaped(escaped)
        assert headers["Content-Type"] == "application/json"
        assert message == {"mrkdwn": False, "unfurl_links": False, "unfurl_media": False}
        assert not {"<", ">"} & set(escaped)
        assert shown == whole or (shown[-1] == "…" and whole.startswith(shown[:-1]))
        assert len(shown) == len(whole) or len(shown.encode("utf-16-le")) in (7998, 8000)


def test_discord_is_posted_text_and_keeps_it_before_it_answers(deliver, webhook):
    printed, _ = deliver([("discord", *one) for one in HOSTILE], DISCORD_WEBHOOK=webhook.url)

    assert printed == [":ok"] * len(HOSTILE)
    assert [path for path, _, _ in webhook.asked] == [f"/{SECRET}?wait=true"] * len(HOSTILE)
    messages = [json.loads(body) for _, _, body in webhook.asked]
    assert all(message["allowed_mentions"] == {"parse": []} for message in messages)
    assert all(len(message["content"].encode("utf-16-le")) <= 4000 for message in messages)
    assert r"\<script\>alert(1)\</script\> & burns." in messages[0]["content"]
    assert r"\<@U1\> \<https://evil.example\|bank\> \[bank\]" in messages[1]["content"]
    assert messages[3]["content"].startswith("#17 Принтер горит 🔥")
    assert messages[3]["content"].endswith("xx…")


ANSWERS = {
    (204, "", ""): ":ok",
    (429, "Retry-After: 2", ""): "{:retry_after, 2000}",
    (429, "X-RateLimit-Reset-After: 1.5", ""): "{:retry_after, 1500}",
    (429, "", '{"message": "slow", "retry_after": 0.25, "global": false}'): "{:retry_after, 250}",
    (429, "Retry-After: 99999999", ""): "{:retry_after, 600000}",
    (429, "", "<html>"): "{:error, {:status, 429}}",
    (500, "", f"No at /{SECRET}"): "{:error, {:status, 500}}",
    (503, "", ""): "{:error, {:status, 503}}",
    (302, "Location: /elsewhere", ""): "{:error, {:status, 302}}",
    (400, "", "invalid_payload"): '{:refused, {:status, 400, "invalid_payload"}}',
    (400, "", f"Not understood: /{SECRET}"): "{:refused, {:status, 400}}",
    (404, "", f"No such page: /{SECRET}"): "{:error, {:status, 404}}",
    (403, "", "invalid_token"): '{:error, {:status, 403, "invalid_token"}}',
    (410, "", "channel_is_archived"): '{:error, {:status, 410, "channel_is_archived"}}',
}


@pytest.mark.parametrize("channel", ["slack", "discord"])
def test_each_answer_is_told_for_what_it_is_after_one_request(deliver, webhook, channel):
    for status, header, body in ANSWERS:
        webhook.answers.append((status, dict([header.split(": ")] if header else []), body))
    webhook.answers += ["close", (200, {}, "ok")]
    said = [(channel, "Printer", "It burns.", n) for n in range(len(ANSWERS) + 2)]
    variable = f"{channel.upper()}_WEBHOOK"

    printed, log = deliver(said, **{variable: webhook.url})

    assert printed == [*ANSWERS.values(), "{:error, :closed}", ":ok"]
    assert len(webhook.asked) == len(said)
    # Three answers blamed the address, one after another.
    assert log.count("its address is wrong, or was revoked") == 1
    assert SECRET not in log


@pytest.mark.parametrize("channel", ["slack", "discord", "email"])
def test_what_is_no_text_is_refused(deliver, webhook, channel):
    said = [(channel, b"caf\xe9", "It burns."), (channel, "Printer", b"\xff\xfe\x00")]
    env = {"SLACK_WEBHOOK": webhook.url, "DISCORD_WEBHOOK": webhook.url}

    printed, _ = deliver(said, **env)

    assert printed == ["{:refused, :not_text}"] * 2
    assert webhook.asked == []


def test_a_webhook_that_hangs_is_given_up(deliver, webhook):
    webhook.answers += ["hang"]
    began = time.monotonic()

    said = [("discord", "Printer", "It burns.", n) for n in (1, 2)]
    printed, _ = deliver(said, DISCORD_WEBHOOK=webhook.url)

    assert printed == ["{:error, :timeout}", ":ok"]
    assert time.monotonic() - began < 30


def test_no_file_of_the_project_has_an_address_and_no_process_shows_it(project, run, webhook):
    code = """
    specs = for sup <- [Slack.Supervisor, Discord.Supervisor],
      {_, pid, _, _} = child <- Supervisor.which_children(sup) do
        {child, :sys.get_status(pid), :supervisor.get_childspec(sup, elem(child, 0))}
      end
    IO.puts(:io_lib.format("~0tp", [{specs, :sys.get_status(Slack.Supervisor)}]))
    """
    env = {**variables(), "SLACK_WEBHOOK": webhook.url, "DISCORD_WEBHOOK": webhook.url}

    shown = run("mix", "run", "-e", code, cwd=project(CASE), env=env)

    assert "Slack.Hook" in shown
    assert SECRET not in shown
    found = subprocess.run(["grep", "-rl", SECRET, project(CASE)], capture_output=True, text=True)
    assert found.stdout == ""


def test_an_address_that_is_none_is_told_and_not_shown(deliver):
    said = [("slack", "Printer", "It burns.", n) for n in (1, 2)]

    printed, log = deliver(said, SLACK_WEBHOOK=f"not {SECRET}")

    assert printed == ["{:error, :bad_request}"] * 2
    assert log.count("Slack.Hook: its address is wrong") == 1
    assert SECRET not in log


def test_mails_arrive_as_they_were_meant(deliver, smtp):
    smtp.controller.start()

    said = [("mail_of_the_operators", *one) for one in HOSTILE]
    printed, _ = deliver([*said, said[0]], **smtp.env)

    assert printed == [":ok"] * 7
    read = [email.message_from_bytes(m.content, policy=email.policy.default) for m in smtp.mails]
    for (subject, text), envelope, mail in zip(HOSTILE, smtp.mails, read, strict=False):
        line = f"#17 {subject}".replace("\r\n", " ").strip()
        assert envelope.mail_from == mail["From"] == "desk@example.org"
        assert envelope.rcpt_tos == ["team@example.org", "boss@example.org"]
        assert mail["To"] == "team@example.org, boss@example.org"
        assert mail["Subject"] == (line if len(line) <= 200 else f"{line[:200].strip()}…")
        assert mail["Bcc"] is None
        assert mail.get_content_type() == "text/plain"
        assert mail.get_content().replace("\r\n", "\n") == text.replace("\r\n", "\n") + "\n"
        assert mail["Date"].datetime is not None
        assert mail.defects == []
        assert all(len(line) <= 78 for line in envelope.content.splitlines())
    names = [mail["Message-ID"] for mail in read]
    assert (len(set(names)), names[0]) == (6, names[6])


def test_mail_comes_again_when_the_mail_server_is_back(deliver, smtp):
    printed, _ = deliver([("email", "Printer", "It burns.")], **smtp.env)
    assert "{:error, {:exit, " in printed[0]
    assert "cannot connect" in printed[0]

    smtp.controller.start()
    printed, _ = deliver([("email", "Printer", "It burns.")], **smtp.env)
    assert printed == [":ok"]
    assert len(smtp.mails) == 1


@pytest.mark.parametrize("name", REFUSED)
def test_a_mail_whose_recipient_is_not_taken_is_tried_again_and_the_reason_is_told(
    deliver, smtp, name
):
    smtp.controller.start()
    said = [("mail_of_the_operators", "Printer", "It burns.")]

    printed, _ = deliver(said, DESK_TO=f"team@example.org, {name}@example.org", **smtp.env)

    assert printed[0].startswith("{:error, {:exit, ")
    assert REFUSED[name] in printed[0]
    assert smtp.mails == []


def test_a_recipient_cannot_be_an_option_or_a_field_of_the_head(project, run):
    for bad in ("-bs", "a@example.org\nBcc: b@example.org", "A <a@example.org>", ""):
        env = {**variables(), "DESK_TO": bad}
        shown = run("mix", "run", "-e", "1", cwd=project(CASE), env=env, status=1)
        assert "no address for a mail: " in shown


HANGS = "#!/bin/sh\necho $$ >>{pids}\nsh -c 'echo $$ >>{pids}; exec tail -f /dev/null'\n"


def test_a_sendmail_that_hangs_ends_with_its_node(deliver, tmp_path):
    pids, program = tmp_path / "pids", tmp_path / "hangs"
    program.write_text(HANGS.format(pids=pids))
    program.chmod(0o755)
    process = deliver.start(DESK_SENDMAIL=str(program))
    process.stdin.write(term("mail_of_the_operators", "Printer", "It burns.") + "\n")
    process.stdin.flush()
    eventually(lambda: pids.exists() and len(pids.read_text().split()) == 2)

    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()

    eventually(lambda: not any(runs(int(pid)) for pid in pids.read_text().split()))


def runs(pid):
    """Whether a process is there, and not only its name until somebody asks how it ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
