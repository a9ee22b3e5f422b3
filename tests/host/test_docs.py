# SPDX-License-Identifier: MIT
"""The generated parts of docs/ are those of the sources."""

import pytest

from tools import make_docs


def test_pages_are_current() -> None:
    assert [str(page) for page, _ in make_docs.stale_pages()] == [], "run tools/make_docs.py"


def test_every_page_names_only_known_generators() -> None:
    for page in (make_docs.ROOT / "docs").glob("*.md"):
        names = {match[2] for match in make_docs.BLOCK.finditer(page.read_text())}
        assert names <= set(make_docs.GENERATORS), page


def test_ranks_are_read_in_the_order_of_the_header() -> None:
    text = (
        '#define LOCK_RANKS_SLEEPING(X) \\\n\tX(A, "a") \\\n\tX(B, "b, (c)")\n\n'
        '#define LOCK_RANKS_THREAD(X) \\\n\tX(C, "c")\n'
        '#define LOCK_RANKS_INTERRUPT(X) X(D, "d")\n'
    )
    assert make_docs.parse_ranks(text) == [
        ("SLEEPING", "A", "a"),
        ("SLEEPING", "B", "b, (c)"),
        ("THREAD", "C", "c"),
        ("INTERRUPT", "D", "d"),
    ]


def test_a_header_without_ranks_is_an_error() -> None:
    with pytest.raises(make_docs.DocsError):
        make_docs.parse_ranks("#define LOCK_RANKS_SLEEPING(X)\n")
