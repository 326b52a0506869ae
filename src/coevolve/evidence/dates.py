"""Dates as periods: which step a column of days is meant to count."""

from __future__ import annotations

import re


def from_dates(texts: list[str]) -> list[str]:
    """Dates as periods: one day and month throughout is a year, four months a quarter, else the month; daily stays.

    >>> from_dates(["2001-01-01", "2002-01-01"]), from_dates(["2001-01-31", "2001-02-28"])
    (['2001', '2002'], ['2001-01', '2001-02'])
    """
    form = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:[T ]00:00(?::00(?:\.0+)?)?(?:[+-]\d\d(?::?\d\d)?)?)?")
    dates = [form.fullmatch(one) for one in texts]
    found = [one for one in dates if one]
    if not found:
        return texts
    ends = {"28", "29", "30", "31"}
    days = {one[3] for one in found}
    if len(days) > 1 and not days <= ends:
        return texts
    months = {one[2] for one in found}
    if len(months) == 1:
        return [one[1] if one else text for one, text in zip(dates, texts, strict=True)]
    quarters = months <= {"01", "04", "07", "10"} or months <= {"03", "06", "09", "12"}
    if quarters and len(months) > 1:
        return [f"{one[1]}-Q{(int(one[2]) + 2) // 3}" if one else text for one, text in zip(dates, texts, strict=True)]
    return [f"{one[1]}-{one[2]}" if one else text for one, text in zip(dates, texts, strict=True)]
