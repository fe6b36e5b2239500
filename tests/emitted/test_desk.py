"""The desk as people meet it: a real browser without scripts, real nodes, a real nginx."""

import http.server
import re
import shutil
import subprocess
import threading
import urllib.parse
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from otpgen.commands.new import new

from .conftest import free_ports, require
from .test_http_hostile import ask, holds, no_more
from .test_nodes import NODES, Cluster, eventually, nodes_of

pytestmark = pytest.mark.cluster
CASE = Path(__file__).parent / "cases/desk/otpgen.yaml"
SCRIPT = "<script>alert('\"&amp;')</script>"
LOOK = b"GET /new HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
SIZES = {"phone": (390, 844), "desktop": (1100, 800)}
UNREADABLE = (Path(__file__).parent / "unreadable.js").read_text()


@pytest.fixture(scope="module")
def desk(tmp_path_factory, project, environment):
    require("mix", "elixir", "erl", "nginx", "ps", "chromium")
    compiled = project(str(CASE))
    root = tmp_path_factory.mktemp("desk") / "desk"
    found = free_ports(7)
    health = dict(zip(NODES, found[4:], strict=True))
    text = CASE.read_text().replace("listen: 8080", f"listen: {found[3]}")
    text = re.sub(r"nodes:\n(  .*\n)+", nodes_of(found[:3], health), text, count=1)
    file = root.parent / "otpgen.yaml"
    file.write_text(text)
    new(file, root)
    shutil.copytree(compiled / "_build", root / "_build", symlinks=True)
    made = Cluster(root, found[:4], environment, health)
    try:
        made.sh("all")
        made.sh("nginx")
        for node in NODES:
            # Its tables are opened beside what starts after them.
            eventually(lambda node=node: "200 OK" in ask(int(made.http[node]), LOOK))
        yield made
    finally:
        subprocess.run(["./start-dist.sh", "stop"], cwd=root, env=environment, check=False)


@pytest.fixture(scope="module")
def chromium(desk):
    with sync_playwright() as playwright:
        # Chromium has no sandbox for root, who runs the tests in a container.
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        yield browser
        browser.close()


@pytest.fixture
def browse(chromium, desk):
    """Open the desk as a browser does that nobody has used yet; scripts are off."""
    contexts = []

    def open_page(path="/", size="desktop", colours="light", scripts=False):
        width, height = SIZES[size]
        contexts.append(
            chromium.new_context(
                base_url=f"http://127.0.0.1:{desk.nginx}",
                viewport={"width": width, "height": height},
                color_scheme=colours,
                java_script_enabled=scripts,
            )
        )
        page = contexts[-1].new_page()
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()


def write(page, **fields):
    for name, value in fields.items():
        page.locator(f"[name={name}]").fill(value)


def press(page, button):
    """Press a button that sends a form; what the browser is answered in the end."""
    with page.expect_navigation() as navigation:
        page.get_by_role("button", name=button, exact=True).click()
    return navigation.value


def open_ticket(page, subject, text="It rains in.", author="Ann"):
    page.goto("/new")
    write(page, subject=subject, text=text, author=author)
    press(page, "Open the ticket")


def step_to(page, role, name):
    """Press Tab until the keyboard is there; what it passes must be seen to have it."""
    wanted = page.get_by_role(role, name=name, exact=True)
    for _ in range(30):
        page.keyboard.press("Tab")
        here = page.locator(":focus")
        outlines = here.evaluate(
            "e => [getComputedStyle(e), getComputedStyle(e, '::after')].map(s => s.outlineStyle)"
        )
        assert "solid" in outlines
        if here.evaluate("(e, other) => e === other", wanted.element_handle()):
            return
    raise AssertionError(f"no way to {name}")


def enter(page):
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_a_ticket_is_written_answered_and_closed_with_the_keyboard_alone(browse):
    page = browse("/channels")
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Skip to the content"
    assert page.locator(":focus").bounding_box()["y"] > 0
    page.keyboard.press("Enter")
    assert page.url.endswith("/channels#main")

    page.goto("/")
    step_to(page, "link", "New ticket")
    enter(page)
    step_to(page, "textbox", "Subject")
    page.keyboard.type("No coffee")
    step_to(page, "textbox", "Message")
    page.keyboard.type("The machine blinks.")
    step_to(page, "textbox", "Your name")
    page.keyboard.type("Ann")
    enter(page)
    assert page.get_by_role("heading", level=1).inner_text() == "No coffee"

    step_to(page, "textbox", "Message")
    page.keyboard.type("It wants water.")
    step_to(page, "textbox", "Your name")
    page.keyboard.type("Bo")
    step_to(page, "button", "Send the reply")
    enter(page)
    step_to(page, "button", "Close the ticket")
    enter(page)

    assert page.locator(".state").inner_text() == "closed"
    assert page.locator(".entries .text").all_inner_texts() == [
        "The machine blinks.",
        "It wants water.",
    ]
    page.goto("/?state=closed")
    step_to(page, "link", "No coffee")


def test_what_was_sent_is_not_sent_again_by_a_reload(browse):
    page = browse()
    open_ticket(page, "Loaded again")
    page.reload()
    page.goto("/")

    assert page.get_by_role("link", name="Loaded again").count() == 1


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_every_page_is_readable_whatever_the_screen(browse, size, colours):
    page = browse(size=size, colours=colours)
    open_ticket(page, "A word that " + "never" * 30 + " ends", text="wide" * 200 + "\n\nnarrow")
    ticket = page.url
    wrong = []
    for path in ("/", "/new", "/channels", ticket, "/?state=closed", "/nowhere"):
        page.goto(path)
        wrong += [(path, found) for found in page.evaluate(UNREADABLE)]
        assert page.get_by_role("heading", level=1).count() == 1
    page.goto("/new")
    # What the browser itself would not send.
    page.locator("form").evaluate("form => form.noValidate = true")
    assert press(page, "Open the ticket").status == 422
    wrong += page.evaluate(UNREADABLE)

    assert wrong == []
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (int(re.search(r"\d+", ground)[0]) > 127) == (colours == "light")


def test_a_script_in_every_field_is_text(browse):
    page = browse(scripts=True)
    ran = []
    page.on("dialog", lambda dialog: (ran.append(dialog.message), dialog.dismiss()))
    page.on("console", lambda message: ran.append(message.text))
    open_ticket(page, SCRIPT, SCRIPT, SCRIPT)
    write(page, text=SCRIPT, author=SCRIPT)
    press(page, "Send the reply")

    assert page.get_by_role("heading", level=1).inner_text() == SCRIPT
    assert page.locator(".entries .text").all_inner_texts() == [SCRIPT, SCRIPT]
    assert page.locator(".entries b").all_inner_texts() == [SCRIPT, SCRIPT]
    assert page.title() == f'{SCRIPT} · The desk <& "more"'
    assert page.locator("script").count() == 0
    page.goto("/")
    assert page.get_by_role("link", name=SCRIPT).count() == 1
    assert ran == []


@contextmanager
def another_site(form):
    """Serve a page that means harm."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(form.encode())

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_form_of_another_site_is_refused(desk, browse, host):
    """Cookies heed no port: the page at 127.0.0.1 is sent with the desk's, the other without."""
    eve, victim = browse("/new"), browse("/new")
    token = eve.locator("[name=_token]").get_attribute("value")
    fields = {"_token": token, "subject": f"Forged at {host}", "text": "x", "author": "Eve"}
    inputs = "".join(f'<input name="{name}" value="{value}">' for name, value in fields.items())
    action = f"http://127.0.0.1:{desk.nginx}/tickets"
    with another_site(f'<form method="post" action="{action}">{inputs}<button>') as port:
        victim.goto(f"http://{host}:{port}/")
        with victim.expect_response(action) as response:
            victim.get_by_role("button").click()

    assert response.value.status == 403
    assert ("cookie" in response.value.request.all_headers()) == (host == "127.0.0.1")
    victim.goto(f"http://127.0.0.1:{desk.nginx}/")
    assert victim.get_by_role("link", name="Forged").count() == 0


def test_no_site_may_show_the_desk_in_a_frame(desk, browse):
    frame = f'<iframe src="http://127.0.0.1:{desk.nginx}/new"></iframe>'
    page = browse()
    with another_site(frame) as port:
        page.goto(f"http://127.0.0.1:{port}/")

        assert page.frames[1].locator("form").count() == 0


def form(port):
    """A form as a browser was given it: its cookie, and its hidden fields."""
    page = ask(port, LOOK)
    cookie = re.search(r"set-cookie: (desk=[\w-]+)", page)[1]
    return cookie, dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]+)"', page))


def request(method, path, cookie="", body=b"", kind="application/x-www-form-urlencoded"):
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\nCookie: {cookie}\r\n"
        f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode("latin-1") + body


def test_bad_input_has_the_right_status_and_leaves_nothing_behind(desk):
    port = int(desk.http["node2"])
    eventually(lambda: "200 OK" in ask(port, LOOK))
    cookie, hidden = form(port)
    said = {"subject": "x", "text": "x", "author": "x"}
    sound = urllib.parse.urlencode(hidden | said).encode()
    forged = urllib.parse.urlencode(said | {"_token": "A" * 43}).encode()
    bad = {
        "a path out of the desk": (request("GET", "/../../etc/passwd"), 404),
        "the same, encoded": (request("GET", "/assets/%2e%2e%2f%2e%2e%2fmix.exs"), 404),
        "an unknown method": (request("BREW", "/"), 405),
        "a method of another page": (request("DELETE", "/tickets/1"), 405),
        "no UTF-8 in a path": (request("GET", "/tickets/\xff"), 400),
        "no UTF-8 in a query": (request("GET", "/?before=%ff"), 400),
        "no UTF-8 in a form": (request("POST", "/tickets", cookie, sound + b"&text=%ff"), 400),
        "the same, raw": (request("POST", "/tickets", cookie, sound + b"&text=\xff"), 400),
        "half a character": (request("POST", "/tickets", cookie, sound + b"&text=%e2%82"), 400),
        "half an encoding": (request("POST", "/tickets", cookie, sound + b"&text=%2"), 400),
        "a thousand fields": (request("POST", "/tickets", cookie, sound + b"&a=b" * 1000), 400),
        "a wrong token": (request("POST", "/tickets", cookie, forged), 403),
        "no cookie": (request("POST", "/tickets", "", sound), 403),
        "another cookie": (request("POST", "/tickets", f"desk={'B' * 32}", sound), 403),
        "JSON": (request("POST", "/tickets", cookie, b"[" * 10_000, "application/json"), 415),
        "a long text": (
            request("POST", "/tickets", cookie, sound + b"&text=" + b"x" * 20_000),
            422,
        ),
        "too long a form": (request("POST", "/tickets", cookie, sound + b"x" * 200_000), 413),
        "too long a body": (request("POST", "/tickets", cookie, sound + b"x" * 1_000_000), 413),
        "CR LF in a subject": (
            request("POST", "/tickets", cookie, sound + b"&subject=a%0d%0aBcc:%20b"),
            422,
        ),
    }
    before = holds(desk, "node2")
    for _ in range(20):
        for name, (data, status) in bad.items():
            assert ask(port, data).startswith(f"HTTP/1.1 {status} "), name
    print(before, holds(desk, "node2"))

    eventually(lambda: no_more(holds(desk, "node2"), before))
    assert "[error]" not in (desk.root / "var/log/node2.log").read_text()


def test_a_form_outlives_the_node_it_came_from_and_waits_for_the_majority(desk, browse):
    page = browse()

    def from_node1():
        page.goto("/new")
        return "node1@127.0.0.1" in page.locator("footer").inner_text()

    eventually(from_node1)
    said = {"subject": "Node after node", "text": "Line one\nline two", "author": "Ann"}
    write(page, **said)
    desk.sh("kill", "1")
    press(page, "Open the ticket")
    assert page.get_by_role("heading", level=1).inner_text() == said["subject"]
    assert "node1@" not in page.locator("footer").inner_text()
    ticket = page.url

    said = {"text": "More\n<b>lines</b>", "author": "Bo"}
    write(page, **said)
    desk.sh("kill", "2")
    assert press(page, "Send the reply").status == 503
    assert page.get_by_role("heading", level=1).inner_text() == "Please send this again"
    kept = {name: page.locator(f"[name={name}]").input_value() for name in said}
    assert kept == said

    desk.sh("all")

    eventually(lambda: press(page, "Send it again").status == 200)
    assert page.url == f"{ticket}#entry-2"
    assert page.locator(".entries .text").all_inner_texts()[1:] == [said["text"]]
