"""What people and groups may use. A person counts for themself, and for one group, whose limits its members share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from ..errors import ConfigurationError

#: Limits of a group's members, inside the group's own.
EACH = "each"
#: People who are in no group that has limits.
NO_GROUP = ""


@dataclass(frozen=True)
class Limits:
    """0: no limit; no models: all of them.

    Attributes:
        concurrent: requests that are with a model server at once; further ones wait.
        requests_per_minute: requests in a minute.
        tokens_per_minute: tokens read and written in a minute.
        tokens_per_day: the same in a day, which begins at 00:00 UTC.
        models: names of the models that may be asked.
        weight: of a group, its share where groups wait for each other: 2 gets twice what 1 gets.
    """

    concurrent: int = 0
    requests_per_minute: int = 0
    tokens_per_minute: int = 0
    tokens_per_day: int = 0
    models: tuple[str, ...] = ()
    weight: float = 1.0

    @classmethod
    def of(cls, said: Mapping[str, Any], where: str) -> Limits:
        """The limits that a configuration names.

        Args:
            said: by name.
            where: what to call it in a message.

        Raises:
            ConfigurationError: where a name is not known, or a value makes no sense.
        """
        known = {field.name for field in fields(cls)}
        if strange := said.keys() - known:
            raise ConfigurationError(
                f"{where} has no limit {min(strange)!r}.", hint=f"There are {', '.join(sorted(known))}."
            )
        values: dict[str, Any] = {name: tuple(value) if name == "models" else value for name, value in said.items()}
        for name, value in values.items():
            wrong = not all(isinstance(model, str) for model in value) if name == "models" else not _is_amount(value)
            if wrong or (name == "weight" and value == 0):
                raise ConfigurationError(f"{where}: {name} cannot be {value!r}.", hint="Limits are numbers from 0 on.")
        return cls(**values)


def _is_amount(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0


@dataclass(frozen=True)
class Standing:
    """A person before the gateway: their own limits, and the group that their use counts for."""

    name: str
    limits: Limits
    group: str
    group_limits: Limits

    def may_ask(self, model: str) -> bool:
        """Whether the person, and their group, may use the model."""
        return all(not limits.models or model in limits.models for limits in (self.limits, self.group_limits))


class Policy:
    """The limits of everybody, as configured.

    Args:
        everyone: limits of each person for whom nothing else is said.
        people: limits by name, instead of those.
        groups: limits by name of the group, in the order in which a person's groups are looked up; ``each`` in them has the
            limits of a member, unless the person has some of their own.

    Raises:
        ConfigurationError: see `Limits.of`.
    """

    def __init__(
        self,
        everyone: Mapping[str, Any],
        people: Mapping[str, Mapping[str, Any]],
        groups: Mapping[str, Mapping[str, Any]],
    ) -> None:
        self._everyone = Limits.of(everyone, "everyone")
        self._people = {name: Limits.of(said, f"people[{name!r}]") for name, said in people.items()}
        self._groups: dict[str, Limits] = {}
        self._members: dict[str, Limits] = {}
        for name, said in groups.items():
            own = {key: value for key, value in said.items() if key != EACH}
            self._groups[name] = Limits.of(own, f"groups[{name!r}]")
            if EACH in said:
                self._members[name] = Limits.of(said[EACH], f"groups[{name!r}][{EACH!r}]")

    def standing(self, name: str, groups: tuple[str, ...]) -> Standing:
        """How a person stands, by their name and groups on the hub."""
        group = next((known for known in self._groups if known in groups), NO_GROUP)
        limits = self._people.get(name) or self._members.get(group) or self._everyone
        return Standing(name, limits, group, self._groups.get(group, Limits()))
