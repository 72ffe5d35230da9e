"""Reports for other people: everything is said, nothing is fetched or run, no text is mark-up."""

from __future__ import annotations

import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token
from tests.present.recorded import HOSTS, NAMES, snapshot_of

from dockerwall.analysis.judgement import Judgement, judge
from dockerwall.model.settings import Expectation, Settings
from dockerwall.model.snapshot import HostInfo
from dockerwall.present.report import report
from dockerwall.present.report_forms import Form, file_name, form_of, written
from dockerwall.reading.recorded import RecordedHost

EVIL = (
    "<script>alert(1)</script> `a` |b| [x](http://evil) ![i](http://evil) http://evil *c* &lt;"
    "\x1b[2J"
)
TAGS = {
    "html", "head", "meta", "title", "style", "body", "main", "header", "section", "article",
    "h1", "h2", "h3", "h4", "p", "dl", "div", "dt", "dd", "ul", "li", "table", "thead", "tbody",
    "tr", "th", "td", "code", "pre", "span", "strong",
}  # fmt: skip
ATTRIBUTES = {"class", "charset", "http-equiv", "content", "name", "lang"}
EMPTY = {"meta"}


class Page(HTMLParser):
    """An HTML text taken apart; AssertionError where it is not well formed."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)

    @property
    def text(self) -> str:
        return "".join(self.words)


def markdown_tokens(text: str) -> list[Token]:
    """Everything a reader of Markdown makes of a text, in line with nothing."""
    reader = MarkdownIt("gfm-like").parse(text)
    return [token for each in reader for token in (each, *(each.children or ()))]


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Judgement:
    """A host whose names and comments are attacks."""
    place = tmp_path_factory.mktemp("hostile") / "host"
    shutil.copytree(HOSTS / "docker-28", place)
    meta = json.loads((place / "meta.json").read_text())
    (place / "meta.json").write_text(json.dumps(meta | {"hostname": EVIL, "kernel": EVIL}))
    containers = json.loads((place / "docker-containers.json").read_text())
    for each in containers:
        each["Name"] = f"/{EVIL}{each['Name']}"
    (place / "docker-containers.json").write_text(json.dumps(containers))
    rules = (place / "iptables-save.nft").read_text()
    comment = EVIL.replace("\x1b", "")
    assert "-A DOCKER -d" in rules
    rules = rules.replace("-A DOCKER -d", f'-A DOCKER -m comment --comment "{comment}" -d')
    (place / "iptables-save.nft").write_text(rules)
    meant = Settings(expected=(Expectation("tcp", 8080, note=EVIL),))
    return judge(RecordedHost(place).read(), meant)


@pytest.mark.parametrize("name", NAMES)
def test_a_report_says_what_the_text_says(name: str) -> None:
    judgement = judge(snapshot_of(name))
    found = report(judgement)
    page = Page(written(judgement, Form.HTML)).text
    mark = written(judgement, Form.MARKDOWN)
    for row in found.rows:
        for words in (row.port, row.container, row.word):
            assert words in page
            assert words in mark
    for finding in found.findings:
        assert finding.id in page
        assert finding.id in mark
    for account in found.accounts:
        for each in account.deciders:
            assert each.text in page
            assert each.text in mark
    for gap in found.gaps:
        assert gap in page


def test_the_page_holds_nothing_but_text_and_tables(hostile: Judgement) -> None:
    text = written(hostile, Form.HTML)
    page = Page(text)
    assert page.tags <= TAGS
    assert page.attributes <= ATTRIBUTES
    assert "url(" not in text
    assert "@import" not in text
    assert "<script>alert(1)</script> `a` |b| [x](http://evil)" in page.text
    assert "\x1b" not in text


def test_markdown_makes_nothing_of_hostile_text(hostile: Judgement) -> None:
    tokens = markdown_tokens(written(hostile, Form.MARKDOWN))
    kinds = {token.type for token in tokens}
    assert not kinds & {"link_open", "image", "html_inline", "html_block", "em_open", "fence"}
    headings = [token.tag for token in tokens if token.type == "heading_open"]
    assert headings.count("h1") == 1
    for row in (token for token in tokens if token.type == "tr_open"):
        assert row.map is None or row.map[1] - row.map[0] == 1
    assert "\x1b" not in written(hostile, Form.MARKDOWN)


def test_every_row_of_a_markdown_table_has_all_its_cells(hostile: Judgement) -> None:
    tokens = markdown_tokens(written(hostile, Form.MARKDOWN))
    titles = 0
    cells = 0
    for token in tokens:
        if token.type == "thead_open":
            titles = 0
        titles += token.type == "th_open"
        cells = 0 if token.type == "tr_open" else cells + (token.type == "td_open")
        if token.type == "tr_close" and cells:
            assert cells == titles
    container = next(
        token.content for token in tokens if token.type == "code_inline" and "/web" in token.content
    )
    assert container.startswith("<script>alert(1)</script> `a` |b| [x](http://evil)")


def test_a_report_says_on_what_it_rests() -> None:
    meant = Settings(("10.0.0.0/8",), (Expectation("tcp", 8080, note="the shop"),))
    found = report(judge(snapshot_of("docker-28"), meant))
    facts = dict(found.facts)
    assert facts["Read"].endswith("Z")
    assert facts["Taken for the LAN"] == "10.0.0.0/8 (as the operator said)"
    assert facts["Judged by"].startswith("dockerwall-tui ")
    assert found.intended == ("8080/tcp for anybody: the shop",)
    assert "as expected" in {row.word for row in found.rows}


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("report.md", Form.MARKDOWN),
        ("a.b.HTML", Form.HTML),
        ("x.json", Form.JSON),
        ("report.txt", Form.TEXT),
        ("report", None),
        ("html", None),
        ("report.pdf", None),
    ],
)
def test_a_files_name_tells_its_form(name: str, form: Form | None) -> None:
    assert form_of(name) == form


@pytest.mark.parametrize("hostname", ["shop-1", "../../etc/x", "-rf", "", "\x1b[2Jé", "." * 300])
def test_a_hosts_name_is_no_path(hostname: str) -> None:
    name = file_name(HostInfo(hostname, "", "2026-11-21T08:33:50Z"), Form.HTML)
    assert re.fullmatch(r"dockerwall-[A-Za-z0-9._-]*2026-11-21T083350Z\.html", name)
    assert Path(name).name == name
    assert form_of(name) is Form.HTML
