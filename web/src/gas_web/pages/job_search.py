"""What somebody looks for in the list of jobs, as it stands in the address."""

from collections.abc import Mapping
from dataclasses import dataclass

from gas.domain.job import UNFINISHED, UNFINISHED_WORD, JobStatus
from gas.services.list_jobs import JobFilter

_LONGEST_NAME = 255


@dataclass(frozen=True)
class Search:
    """The filter, and the words that stand for it in the form and in the address."""

    state: str
    name: str
    cursor: str | None

    @property
    def wanted(self) -> JobFilter:
        """The filter of the list."""
        if self.state == UNFINISHED_WORD:
            return JobFilter(UNFINISHED, self.name)
        return JobFilter(frozenset({JobStatus(self.state)}) if self.state else frozenset(), self.name)

    @property
    def narrowed(self) -> bool:
        """True when not all jobs are asked for."""
        return bool(self.state or self.name)

    def address(self, cursor: str | None = None) -> dict[str, str]:
        """The same search at another place of the list, as the arguments of an address."""
        parts = {"state": self.state, "name": self.name, "cursor": cursor or ""}
        return {key: value for key, value in parts.items() if value}


def read_search(args: Mapping[str, str]) -> Search:
    """The search of an address. A state that does not exist is not looked for; the form shows that it is not."""
    state = args.get("state", "")
    known = state == UNFINISHED_WORD or state in {status.value for status in JobStatus}
    return Search(
        state=state if known else "",
        name=args.get("name", "").strip()[:_LONGEST_NAME],
        cursor=args.get("cursor") or None,
    )
