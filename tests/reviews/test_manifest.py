"""A manifest, line by line: what is broken is refused by itself, and every line knows its bytes."""

import io
from pathlib import Path

import pytest

from reviews.manifest import LONGEST_LINE, BadManifest, Record, head_of, line_of, records

HEAD = b"file,locale,transcript\n"


def read(text: bytes) -> list[Record]:
    file = io.BytesIO(text)
    columns, head = head_of(file)
    return list(records(file, head.stop, head.after, len(columns)))


def test_every_record_knows_its_line_and_its_bytes() -> None:
    text = HEAD + b'a.wav,en,hello\r\n"b.wav",de,"two\nlines"\n\n   \nc.wav'
    found = read(text)
    assert [(one.number, one.cells[0]) for one in found] == [(2, "a.wav"), (3, "b.wav"), (6, "   "), (7, "c.wav")]
    for one in found:
        assert [again.cells for again in records(io.BytesIO(text[one.start : one.stop]), 0, one.number, 3)] == [
            one.cells
        ]


def test_a_forgotten_quotation_mark_costs_its_own_line_alone() -> None:
    lines = [f'{number}.wav,en,"fine"'.encode() for number in range(300)]
    lines[100] = b'100.wav,en,"never closed'
    found = read(HEAD + b"\n".join(lines))
    assert [one.number - 2 for one in found if one.fault] == [100]
    assert [one.cells[0] for one in found if not one.fault] == [f"{n}.wav" for n in range(300) if n != 100]


@pytest.mark.parametrize(
    ("line", "words"), [(b"a.wav,en,\xff\xfe", "UTF-8"), (b"a.wav,en,x,y", "more cells"), (b"a.wav,en,\0", "zero byte")]
)
def test_a_broken_line_says_what_is_wrong_and_shows_nothing_of_it(line: bytes, words: str) -> None:
    broken, good = read(HEAD + line + b"\nb.wav,en,fine\n")
    assert words in broken.fault
    assert broken.cells == []
    assert good.cells == ["b.wav", "en", "fine"]


def test_a_line_without_end_is_read_in_bounded_pieces() -> None:
    found = read(HEAD + b"x" * (3 * LONGEST_LINE) + b"\nb.wav,en,fine\n")
    assert found[-1].cells == ["b.wav", "en", "fine"]
    assert all(one.fault for one in found[:-1])


def test_a_byte_order_mark_is_no_part_of_the_first_column() -> None:
    columns, _ = head_of(io.BytesIO(b'\xef\xbb\xbf"file",locale\n'))
    assert columns == ("file", "locale")


@pytest.mark.parametrize("head", [b"", b"name,locale\n", b"file,file\n", b'file,"locale\n', b"\xff\xfe\n"])
def test_a_manifest_without_usable_columns_is_no_manifest(head: bytes) -> None:
    with pytest.raises(BadManifest):
        head_of(io.BytesIO(head))


@pytest.mark.parametrize("name", ["../out.wav", "/etc/hostname", "link.wav", "around", "way/in.wav", "a\0b", "x" * 300])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    inside = tmp_path / "in"
    inside.mkdir()
    (tmp_path / "out.wav").write_bytes(b"secret")
    (inside / "link.wav").symlink_to(tmp_path / "out.wav")
    (inside / "way").symlink_to(tmp_path)
    (inside / "around").symlink_to(inside / "around")
    line = line_of(Record(2, 3, 0, 9, [name]), ["file"], inside)
    if not line.fault:
        with pytest.raises(OSError, match="too long"):
            line.path.stat()


def test_a_link_within_the_folder_is_followed(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"x")
    (tmp_path / "b.wav").symlink_to("a.wav")
    line = line_of(Record(2, 3, 0, 9, ["b.wav"]), ["file"], tmp_path)
    assert (line.fault, line.path) == ("", tmp_path / "a.wav")
