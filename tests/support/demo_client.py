"""A client of the demo gateway that shares no code with the program, and a manual clock."""

import httpx

from kling_tui.demo import DemoGateway

I2V_PATH = "/kling-ai-polling/v1/getImageToVideoStatus"
O1_PATH = (
    "/kling-o1-reference-image-to-video-382/v1/kling-o1-reference-image-to-video-request-result"
)
V2_PATH = "/v2/requests/status"
WAN_PATH = "/wan-image-to-video/v1/wan-image-to-video-request-result"
HEADERS = {"Content-Type": "application/json", "Cache-Control": "no-cache"}
KEY_HEADERS = HEADERS | {"Ocp-Apim-Subscription-Key": DemoGateway.key}


class ManualClock:
    """Unix time in seconds that moves only when a test moves it."""

    def __init__(self) -> None:
        self.now = 1_731_498_794.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now

    def advance(self, seconds: float) -> None:
        """Move on."""
        self.now += seconds


class DemoClient:
    """Polls as the two API documents say, and the two endpoints that have no document."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=url, trust_env=False, verify=False)  # noqa: S501

    def i2v(self, job_id: str) -> httpx.Response:
        """Get the status of an I2V task."""
        return self.http.post(I2V_PATH, json={"task_id": job_id}, headers=HEADERS)

    def o1(self, job_id: str) -> httpx.Response:
        """Get the result of an O1 request."""
        return self.http.post(O1_PATH, json={"request_id": job_id}, headers=KEY_HEADERS)

    def v2(self, job_id: str) -> httpx.Response:
        """Get the status by the unified call."""
        return self.http.get(f"{V2_PATH}/{job_id}", headers=KEY_HEADERS)

    def wan(self, job_id: str) -> httpx.Response:
        """Get the result at an endpoint that only a config defines."""
        return self.http.post(WAN_PATH, json={"request_id": job_id}, headers=KEY_HEADERS)
