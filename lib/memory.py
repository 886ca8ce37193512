"""How much memory this process has taken."""

from __future__ import annotations

import resource
import sys


def peak_mb() -> float:
    """Most memory that this process has held so far, in MB of 2²⁰ bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Linux counts kilobytes, macOS bytes.
    return peak / 1024 if sys.platform != "darwin" else peak / 1024**2
