"""Texts that a spreadsheet would run as formulas: guarded in a CSV, and put back when read.

A cell that begins with ``=``, ``+``, ``-`` or ``@`` is a formula to a spreadsheet, quoted or not,
and there are real tracks called so. As spreadsheets themselves do, an apostrophe put in front makes
it a text. One more is put before those that stand there already, so that `unguard` can take away
exactly what `guard` added.
"""

from __future__ import annotations

import pandas as pd

_RISKY = r"'*(?:\s*[=+\-@＝＋－＠]|[\t\r\n])"
"""Beginnings that are guarded: signs also behind blanks and full-width (OWASP's list of CSV
injection), and a tab or line end."""


def guard(texts: pd.Series) -> pd.Series:
    """Put an apostrophe before each text that a spreadsheet would run.

    Parameters
    ----------
    texts : pandas.Series of str
        Cells; missing ones stay missing.

    Examples
    --------
    >>> guard(pd.Series(["=LOVE", "Love", "'=x", "'round"])).tolist()
    ["'=LOVE", 'Love', "''=x", "'round"]
    """
    return texts.where(~_risky(texts), "'" + texts.astype("str"))


def unguard(texts: pd.Series) -> pd.Series:
    """Take away what `guard` put before texts.

    Examples
    --------
    >>> unguard(guard(pd.Series(["=LOVE", "'=x", "'round", ""]))).tolist()
    ['=LOVE', "'=x", "'round", '']
    """
    guarded = texts.str.startswith("'").fillna(False).astype(bool) & _risky(texts)
    return texts.where(~guarded, texts.str.slice(1))


def _risky(texts: pd.Series) -> pd.Series:
    return texts.str.match(_RISKY).fillna(False).astype(bool)
