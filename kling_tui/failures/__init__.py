"""Why jobs fail: sorts the many messages of gateways and models into a few known reasons."""

from kling_tui.failures.classification import classify, failure_reason
from kling_tui.failures.rules import Reason

__all__ = ["Reason", "classify", "failure_reason"]
