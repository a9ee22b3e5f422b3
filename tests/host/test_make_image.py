# SPDX-License-Identifier: MIT
"""The command line on its way through GRUB's configuration."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.make_image import (
    ImageError,
    Module,
    grub_configuration,
    quote_for_grub,
    split_command_line,
)


def grub_words(line: str) -> list[str]:
    """The words of a line as GRUB's parser takes single quotes and backslashes."""
    words: list[str] = []
    word: str | None = None
    is_quoted = False
    characters = iter(line)
    for character in characters:
        if character == " " and not is_quoted:
            words += [] if word is None else [word]
            word = None
            continue
        word = word or ""
        if character == "'":
            is_quoted = not is_quoted
        elif character == "\\" and not is_quoted:
            word += next(characters)
        else:
            word += character
    return words + ([] if word is None else [word])


@given(
    st.lists(st.text(st.characters(max_codepoint=126, blacklist_characters="\n\0"), max_size=20))
)
def test_any_words_pass_through_grub(words: list[str]) -> None:
    assert grub_words(" ".join(map(quote_for_grub, words))) == words


@pytest.mark.parametrize(
    "text, words",
    [
        ("a  b", ["a", "b"]),
        ('a="b c" d', ["a=b c", "d"]),
        (r"a\ b \"c", ["a b", '"c']),
        ("", []),
        ('""', [""]),
    ],
)
def test_a_command_line_is_split_as_the_kernel_splits_it(text: str, words: list[str]) -> None:
    assert split_command_line(text) == words


def test_a_line_break_in_the_command_line_is_refused() -> None:
    with pytest.raises(ImageError):
        grub_configuration("'a\nb'".replace("\n", "\\\n"), [])


def test_modules_are_named_by_their_words() -> None:
    text = grub_configuration("x", [Module("initrd", b""), Module("argv", b"")])
    assert "module2 /boot/module0 initrd\nmodule2 /boot/module1 argv\n" in text
