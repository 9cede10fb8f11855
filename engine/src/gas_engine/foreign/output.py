"""What a command writes: a header that declares its tags, and records of which only these are taken."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gas_engine.foreign.running import Running, cleaned

_MOST_HEADER_BYTES = 16 * 1024**2
_DECLARED = re.compile(rb"##INFO=<ID=([^,>]+)[,>]")
_DESCRIPTION = re.compile(rb'Description="(.*)"', re.DOTALL)
_ID, _INFO = 2, 7
_MOST_PREFACE = 20
"""Lines before the header that are no harm: Debian's start script of snpEff says its arguments first."""

_SHOWN_BYTES = 120
"""What is shown of a first line that is none of VCF."""


@dataclass(frozen=True)
class Declared:
    """A tag as the command's header declares it."""

    tag: str
    line: bytes

    def renamed(self, tag: str, *, old_style: bool) -> bytes:
        """The declaration under the name that the tag has in the result."""
        if old_style:
            return f'##INFO={tag},-1,String,"{self.description}"'.encode()
        return self.line.replace(f"ID={self.tag}".encode(), f"ID={tag}".encode(), 1)

    @property
    def description(self) -> str:
        """What it says of the tag."""
        found = _DESCRIPTION.search(self.line)
        return found.group(1).decode("utf-8", errors="replace") if found else ""

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of an entry's values, as VEP (`Format: A|B`) or snpEff (`'A | B'`) tell them; none for other tags."""
        words = self.description
        _, marked, listed = words.partition("Format: ")
        if not marked:
            _, _, listed = words.partition("'")
        names = tuple(name.strip(" '\"") for name in listed.split("|"))
        return names if len(names) > 1 else ()


@dataclass(frozen=True)
class Answer:
    """What a command said of one site: its line in the file, and each tag with its value."""

    line: int
    tags: dict[str, bytes]


class Output:
    """The output of a command that runs: first `declared`, then `answers`, each once."""

    def __init__(self, running: Running, tags: Sequence[str], longest_bytes: int) -> None:
        self._running = running
        self._tags = {tag.encode(): tag for tag in tags}
        self._lines = running.lines(longest_bytes)
        self.written = 0
        """Records so far."""

    def declared(self) -> list[Declared]:
        """Its tags, as its header declares them.

        Raises:
            CommandFailedError: it is no VCF, or a tag is not declared.
        """
        self._skip_preface()
        found, size = dict[str, Declared](), 0
        for line in self._lines:
            size += len(line)
            match = _DECLARED.match(line)
            if match and match.group(1) in self._tags:
                tag = self._tags[match.group(1)]
                found[tag] = Declared(tag, line.removesuffix(b"\r"))
            if line.startswith(b"#CHROM"):
                break
            if not line.startswith(b"##") or size > _MOST_HEADER_BYTES:
                raise self._running.broke_off("wrote no VCF: its header has no line of column names")
        else:
            raise self._running.broke_off("wrote no VCF: its output ends before the line of column names")
        missing = [tag for tag in self._tags.values() if tag not in found]
        if missing:
            raise self._running.broke_off(
                f"does not declare {' and '.join(missing)} in its header, which the reference says it writes"
            )
        return [found[tag] for tag in self._tags.values()]

    def _skip_preface(self) -> None:
        """Read the first line of VCF, and what a start script said before it."""
        preface = list[bytes]()
        for line in self._lines:
            if line.startswith(b"##fileformat=VCF"):
                return
            preface.append(line)
            if len(preface) > _MOST_PREFACE:
                break
        wrong = "wrote no VCF: its output has to begin with ##fileformat=VCF"
        if not preface:
            raise self._running.broke_off(f"{wrong}, and is empty")
        begin = f", and begins with: {cleaned(preface[0][:_SHOWN_BYTES])}"
        raise self._running.broke_off(wrong, quoted=begin)

    def answers(self) -> Iterator[Answer]:
        """What it says, record by record.

        Raises:
            CommandFailedError: a line is no record, or has lost the number that it was given with.
        """
        for line in self._lines:
            columns = line.removesuffix(b"\r").split(b"\t", _INFO + 1)
            if line.startswith(b"#") or not line:
                continue
            self.written += 1
            number = columns[_ID].partition(b";")[0] if len(columns) > _INFO else b""
            if not number.isdigit() or b"\0" in line:
                raise self._running.broke_off(
                    f"wrote something that is no record, or has not the ID that it was given with, as record {self.written:,}"
                )
            yield Answer(int(number), self._own(columns[_INFO]))

    def count_rest(self) -> int:
        """Read to the end; how many records it wrote in all."""
        self.written += sum(1 for line in self._lines if line and not line.startswith(b"#"))
        return self.written

    def _own(self, info: bytes) -> dict[str, bytes]:
        """The tags of the command in an INFO, in the order of the bundle; each once."""
        told = {}
        for part in info.split(b";"):
            key, _, value = part.partition(b"=")
            if key in self._tags:
                told[self._tags[key]] = value
        return {tag: told[tag] for tag in self._tags.values() if tag in told}
