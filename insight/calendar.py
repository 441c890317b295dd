"""The city's calendar: which day and hour it is where the citizens live."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo


@dataclass(frozen=True, slots=True)
class CityMinute:
    """One minute of the city's clock, from `begins` (inclusive) to `ends` (exclusive).

    Zones change their offset on whole minutes, so all moments of a minute share one day and one hour.
    """

    day: date
    hour: int
    begins: datetime
    ends: datetime

    @classmethod
    def of(cls, moment: datetime, zone: tzinfo) -> "CityMinute":
        local = moment.astimezone(zone)
        begins = moment - timedelta(seconds=local.second, microseconds=local.microsecond)
        return cls(local.date(), local.hour, begins, begins + timedelta(minutes=1))


def days_ending(day: date, length: int) -> list[date]:
    """The `length` days that end with `day`, oldest first; fewer where the calendar itself begins."""
    first = max(date.min.toordinal(), day.toordinal() - length + 1)
    return [date.fromordinal(ordinal) for ordinal in range(first, day.toordinal() + 1)]
