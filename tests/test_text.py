"""Plain text."""

from __future__ import annotations

import pytest

from nbdoctor.protocol import Edit
from nbdoctor.text import apply_edits, clip, digest, first_sentence, plain, same_ends, strip_ansi


@pytest.mark.parametrize(
    ("coloured", "bare"),
    [
        ("\x1b[0;31mred\x1b[0m", "red"),
        ("\x1b[38;5;28;01mx\x1b[39;00m", "x"),
        ("\x1b]8;;https://x\x07link\x1b]8;;\x07", "link"),
        ("a\x07b\rc\x00d", "abcd"),
        ("tab\tand\nline", "tab\tand\nline"),
    ],
)
def test_colours_and_control_characters_go(coloured, bare):
    assert strip_ansi(coloured) == bare


@pytest.mark.parametrize("limit", [5, 60, 100, 999])
def test_a_clipped_text_keeps_its_head_and_its_tail_and_the_limit(limit):
    text = "HEAD" + "x" * 2000 + "TAIL"
    clipped = clip(text, limit)
    assert len(clipped) <= limit
    assert clipped.startswith("HEAD")
    if limit >= 60:
        assert clipped.endswith("TAIL")
        assert "left out" in clipped


def test_plain_text_can_be_encoded():
    assert plain("a\ud800b", 100).encode("utf-8") == b"a\\ud800b"
    assert plain(b"bytes", 100) == "<bytes>"
    assert len(plain("\ud800" * 10_000, 50)) <= 50


def test_first_sentence():
    assert first_sentence("Do this. Then that.") == "Do this."
    assert first_sentence("Version 1.2 of\nthe thing\n\nMore.") == "Version 1.2 of the thing"
    assert first_sentence("") == ""


def test_digests_tell_texts_apart_also_broken_ones():
    assert digest("a") == digest("a") != digest("b")
    assert len(digest("\ud800")) == 16


def test_edits_refer_to_the_old_text():
    assert (
        apply_edits("sales[revenu] 😀 end", [Edit(14, 15, "x"), Edit(6, 12, "'revenue'")]) == "sales['revenue'] x end"
    )
    assert apply_edits("ab", [Edit(1, 1, "-")]) == "a-b"


@pytest.mark.parametrize(
    "edits", [[Edit(0, 3, "")], [Edit(0, 2, "x"), Edit(1, 2, "y")], [Edit(-1, 0, "")], [Edit(2, 1, "")]]
)
def test_edits_that_do_not_fit_are_refused(edits):
    with pytest.raises(ValueError, match="does not fit"):
        apply_edits("ab", edits)


@pytest.mark.parametrize(
    ("old", "new", "ends"),
    [
        ("abcd", "abXd", (2, 1)),
        ("aa", "aaa", (2, 0)),  # what begins alike does not end alike once more
        ("", "abc", (0, 0)),
        (["x", "y"], ["y"], (0, 1)),
        ("same", "same", (4, 0)),
    ],
)
def test_sequences_that_begin_and_end_alike(old, new, ends):
    assert same_ends(old, new) == ends
