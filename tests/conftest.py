"""What holds for all tests: the same time zone on every machine, and nobody's own settings."""

import os
import time

os.environ["TZ"] = "UTC"
time.tzset()
for name in ("PIXAZO_API_KEY", "KLING_TUI_CONFIG", "NO_COLOR", "COLORTERM"):
    os.environ.pop(name, None)
