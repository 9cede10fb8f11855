"""What looks at the pages finds what is wrong with a page: each kind of fault is planted once, and found."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest
from werkzeug.wrappers import Request, Response

from dev.look.looks import Look
from kube.ports import free_ports
from tests.support.chromium import find_browser, run_screens, serving

SECONDS = 900
PAGE = """<!doctype html><html lang="en"><head><title>Planted</title><meta name="viewport" content="width=device-width">
<link rel="icon" href="data:,">
<style>a, button {{ outline-offset: 2px }} :focus-visible {{ outline: 3px solid #055 }}</style></head>
<body><main><h1>Planted</h1><p>Here is <a href="/">one link</a> in a sentence.</p>{0}</main></body></html>"""
PLANTED = {
    "sound": ("<p>Nothing is wrong here.</p>", None),
    "no-words": (
        '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=" width="30" height="30">',
        "axe image-alt",
    ),
    "pale": ('<p style="color: #999; background: #fff">Who can read this?</p>', "axe color-contrast"),
    "wide": ('<div style="width: 3000px">wide</div>', "scrolls sideways by"),
    "elsewhere": ('<img alt="" src="{elsewhere}/x.gif">', "talks to {elsewhere}/x.gif"),
    "moving": (
        """<p id=late></p><p>What stands here moves down.</p>
        <script>setTimeout(() => {{ late.style.height = '200px' }}, 100)</script>""",
        "shifts its layout by",
    ),
    "broken": ("<script>nothing.of.that.name()</script>", "script: nothing is not defined"),
    "missing": ('<script src="/nowhere.js"></script>', "404 for {here}/nowhere.js"),
    "failing": ("", "500 for {here}/failing"),
    "hanging": ("<script>for (;;) {{}}</script>", "cannot be looked at: "),
    "unseen": (
        '<button style="outline: none; box-shadow: none">Press</button>',
        "the focus on button “Press” is not seen",
    ),
    "covered": (
        """<div style="height: 2000px">tall</div><button style="height: 40px">Press</button>
        <div style="position: fixed; bottom: 0; left: 0; right: 0; height: 60%; background: #fff">over it</div>""",
        "button “Press” is covered",
    ),
    "small": (
        '<button style="width: 14px; height: 14px; padding: 0">x</button>',
        "button “x” is 14 by 14 px",
    ),
}


@dataclass(frozen=True)
class Looked:
    """What was found on each page, where the pictures are, and how the two runs ended."""

    found: dict[str, set[str]]
    output: Path
    good: int
    bad: int


@pytest.fixture(scope="module")
def looked(tmp_path_factory: pytest.TempPathFactory) -> Looked:
    """A run over a sound page, and one over all of them."""
    browser, output = find_browser(), tmp_path_factory.mktemp("screens")
    here_port, elsewhere_port = free_ports(2)
    here, elsewhere = f"http://127.0.0.1:{here_port}", f"http://127.0.0.1:{elsewhere_port}"

    def site(environ: Any, start_response: Any) -> Any:
        name = Request(environ).path.strip("/")
        status = 500 if name == "failing" else 200 if name in PLANTED else 404
        body = PAGE.format(PLANTED.get(name, ("", ""))[0].format(here=here, elsewhere=elsewhere))
        return Response(body, status, content_type="text/html")(environ, start_response)

    def look(*names: str) -> int:
        plan = {
            "browser": browser,
            "store": "http://127.0.0.1:9",
            "cookie": "unused",
            "output": str(output),
            "looks": [asdict(Look(name, here, f"/{name}")) for name in names],
        }
        return run_screens("look", plan, SECONDS).returncode

    with serving(here_port, site), serving(elsewhere_port, Response("", 404)):
        good, bad = look("sound"), look(*PLANTED)
    found: dict[str, set[str]] = {name: set() for name in PLANTED}
    for page in json.loads((output / "axe.json").read_text()):
        faults = {fault.replace(here, "{here}").replace(elsewhere, "{elsewhere}") for fault in page["faults"]}
        found[page["picture"].rsplit("-", 2)[0]] |= faults
    return Looked(found, output, good, bad)


@pytest.mark.parametrize("name", PLANTED)
def test_what_is_planted_is_found(looked: Looked, name: str) -> None:
    """Each fault is told by its kind, and a sound page has none."""
    found, expected = looked.found[name], PLANTED[name][1]

    if expected is None:
        assert found == set()
    else:
        assert any(fault.startswith(expected) for fault in found), found


def test_a_fault_fails_the_run(looked: Looked) -> None:
    """The run ends with 1 when one page is at fault, and with 0 when none is."""
    assert (looked.good, looked.bad) == (0, 1)


def test_pictures_have_their_names(looked: Looked) -> None:
    """By page, width and scheme; beside them what axe said."""
    names = {path.name for path in looked.output.iterdir()}

    hung = {f"hanging-{w}-{s}.png" for w in (320, 1280) for s in ("light", "dark")}
    expected = {f"{n}-{w}-{s}.png" for n in PLANTED for w in (320, 1280) for s in ("light", "dark")}
    assert names | hung == expected | {"axe.json"}
