"""What holds for all tests: the same time zone and colours, and nobody's own settings."""

import os
import time

os.environ["TZ"] = "UTC"
os.environ["TEXTUAL_COLOR_SYSTEM"] = "truecolor"
time.tzset()
for name in ("PIXAZO_API_KEY", "KLING_TUI_CONFIG", "KLING_TUI_PROFILE", "NO_COLOR", "COLORTERM"):
    os.environ.pop(name, None)
