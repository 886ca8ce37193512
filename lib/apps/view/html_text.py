"""Pieces of HTML made of data: all that comes from data is text, whatever it looks like."""

from __future__ import annotations

import html
from collections.abc import Sequence

import pandas as pd


def escape(text: object) -> str:
    """Make a text safe to stand in HTML, between tags and in attributes; nothing for None or NaN.

    Examples
    --------
    >>> escape("<img onerror=run()> & 'more'")
    '&lt;img onerror=run()&gt; &amp; &#x27;more&#x27;'
    >>> escape(None), escape(float("nan")), escape(0)
    ('', '', '0')
    """
    missing = text is None or (not isinstance(text, str) and bool(pd.isna(text)))
    return "" if missing else html.escape(str(text), quote=True)


def table_html(
    table: pd.DataFrame, wide: Sequence[str] = (), caption: str = "", tall: bool = False
) -> str:
    """Write a table as HTML, every cell escaped; numbers stand to the right.

    Parameters
    ----------
    table : pandas.DataFrame
        Cells as they shall read; format numbers before, or leave them.
    wide : sequence of str, optional
        Columns that take what room is left; their cells are cut with an ellipsis and can be read
        whole under the pointer.
    caption : str, optional
    tall : bool, optional
        Rows of two lines, for sentences.
    """
    numeric = [pd.api.types.is_numeric_dtype(kind) for kind in table.dtypes]
    kinds = [
        "wb-wide" if name in wide else "wb-number" if number else ""
        for name, number in zip(table.columns, numeric, strict=True)
    ]
    head = "".join(
        f'<th scope="col" class="{kind}">{escape(name)}</th>'
        for name, kind in zip(table.columns, kinds, strict=True)
    )
    body = "".join(
        "<tr>" + "".join(_cell(one, kind) for one, kind in zip(row, kinds, strict=True)) + "</tr>"
        for row in table.itertuples(index=False, name=None)
    )
    title = f"<caption>{escape(caption)}</caption>" if caption else ""
    head = f"<thead><tr>{head}</tr></thead>"
    look = "wb-table wb-tall" if tall else "wb-table"
    return f'<table class="{look}">{title}{head}<tbody>{body}</tbody></table>'


def _cell(value: object, kind: str) -> str:
    text = escape(value)
    if kind != "wb-wide":
        return f'<td class="{kind}">{text}</td>'
    return f'<td class="{kind}" title="{text}"><div>{text}</div></td>'
