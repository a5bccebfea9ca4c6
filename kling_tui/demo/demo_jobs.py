"""The jobs of the demo.

What happens when, in demo seconds after the start (a step of a timeline below begins at the job's
age plus this)::

      2 hero shot runs               36 hero shot succeeds
      4 rooftop dusk is third        43 neon lotus succeeds
      7 neon lotus is "upscaling"    46 lantern festival: 502 pages, until 56
      9 paper crane runs             49 night train fails
     10 rooftop dusk is second       54 desert drive fails
     12 paper boats is done          62 paper crane is done
     15 boxing ring fails            66 brand anthem succeeds, 10 seconds long
     18 rooftop dusk is first        71 snow leopard is done
     20 brand anthem: 429, until 28  77 glass harbor succeeds
     25 neon lotus runs again        88 lantern festival succeeds, upright
     29 rooftop dusk runs           100 rooftop dusk is done
     32 winter lights: 500, until 42 118 winter lights is done

Product spin, morning silk and opening titles are done by then and pixel portrait has failed; lost
at sea never ends.
"""

from kling_tui.demo import i2v, o1, v2, wan
from kling_tui.demo.clips import BLOOM, DUSK, LANTERNS, SILK
from kling_tui.demo.scripts import (
    interrupted,
    proxy_page,
    rate_limited,
    server_error,
    timeline,
)
from kling_tui.demo.simulator import DemoJob

_MINUTE = 60
_DAY = 86_400

DEMO_JOBS = (
    DemoJob(
        "CjWZoOpHOVkAAAAAAIcRyg",
        "i2v",
        "hero shot",
        age=4,
        script=timeline((0, i2v.submitted), (6, i2v.processing), (40, i2v.succeeded(DUSK))),
    ),
    DemoJob(
        "809b94e7-e391-4fa4-8542-706e32287606",
        "o1",
        "rooftop dusk",
        age=3,
        script=timeline(
            (0, o1.in_progress(done=103, advances=(7, 13, 21, 32))),
            (
                103,
                o1.completed(
                    DUSK,
                    "Take @Image1 as the start frame; the camera rises over the rooftops "
                    "until the sun stands behind the hills",
                ),
            ),
        ),
    ),
    DemoJob(
        "d188a737-ea88-4a32-b114-1bde12efdb9d",
        "o1",
        "paper boats",
        age=38,
        script=timeline((0, o1.in_progress(done=50)), (50, o1.completed_url_only(SILK))),
    ),
    DemoJob(
        "CjVsQAkpkFwAAAAAABu6WQ",
        "i2v",
        "boxing ring",
        age=25,
        script=timeline(
            (0, i2v.processing),
            (40, i2v.failed("Failure to pass the risk control system")),
        ),
    ),
    DemoJob(
        "CjXoXgkqX5gAAAAAAP4yXQ",
        "i2v",
        "neon lotus",
        age=33,
        script=timeline(
            (0, i2v.processing),
            (40, i2v.undocumented_status("upscaling", "Upscaling frames")),
            (58, i2v.processing),
            (76, i2v.succeeded(BLOOM)),
        ),
    ),
    DemoJob(
        "820286245967528513",
        "i2v",
        "brand anthem",
        age=15,
        script=interrupted(
            timeline((0, i2v.processing), (81, i2v.succeeded(BLOOM))), 35, 43, rate_limited
        ),
    ),
    DemoJob(
        "CjIUC2dW4RIAAAAAAIQIAQ",
        "i2v",
        "lantern festival",
        age=12,
        script=interrupted(
            timeline((0, i2v.processing), (100, i2v.succeeded(LANTERNS))), 58, 68, proxy_page
        ),
    ),
    DemoJob(
        "a052d52c-212f-4521-97cc-5043ce4ec09e",
        "o1",
        "desert drive",
        age=20,
        script=timeline(
            (0, o1.in_progress(done=90)),
            (74, o1.failed("Invalid image URL provided in prompt")),
        ),
    ),
    DemoJob(
        "CjxT0eJZFVgAAAAAAEAemg",
        "i2v",
        "glass harbor",
        age=28,
        script=timeline((0, i2v.processing), (105, i2v.succeeded(SILK))),
    ),
    DemoJob(
        "12e600b6-2563-44d6-9d9e-d89edd47e35e",
        "o1",
        "winter lights",
        age=9,
        script=interrupted(
            timeline(
                (0, o1.in_progress(done=127)),
                (
                    127,
                    o1.completed(
                        LANTERNS,
                        "@Image1 is the street, @Image2 the lantern: let five of them rise "
                        "into the night",
                    ),
                ),
            ),
            41,
            51,
            server_error,
        ),
    ),
    DemoJob(
        "klingai-video_019da2c4-7b1e-7c3a-9f52-6d0e8b41a7f3",
        "v2",
        "paper crane",
        age=6,
        script=timeline((0, v2.queued), (15, v2.processing), (68, v2.completed_relative_url(SILK))),
    ),
    DemoJob(
        "hailuo-02_019da2c1-3e5f-7a90-8c16-2b7d4f9e0a58",
        "v2",
        "night train",
        age=17,
        script=timeline(
            (0, v2.processing), (66, v2.failed("The prompt was flagged by moderation"))
        ),
    ),
    DemoJob(
        "wan-5d0c9e7a41b2f368",
        "wan",
        "snow leopard",
        age=22,
        script=timeline((0, wan.processing(done=93)), (93, wan.completed(DUSK))),
    ),
    DemoJob(
        "CjMXvqo-tGgAAAAAALME6w",
        "i2v",
        "lost at sea",
        age=45 * _MINUTE,
        script=timeline((0, i2v.submitted), (20, i2v.processing)),
    ),
    DemoJob(
        "CjJ3hQZ4LBQAAAAAAC7-Uw",
        "i2v",
        "product spin",
        age=7 * _MINUTE,
        script=timeline((0, i2v.processing), (142, i2v.succeeded(DUSK, SILK))),
    ),
    DemoJob(
        "CjTyVIgXBDsAAAAAAMrZrQ",
        "i2v",
        "pixel portrait",
        age=11 * _MINUTE,
        script=timeline((0, i2v.submitted), (9, i2v.failed("Image pixel is invalid"))),
    ),
    DemoJob(
        "11cb4ae3-b69c-4c5f-a2f3-7b628c7a2c6f",
        "o1",
        "morning silk",
        age=26 * _MINUTE,
        script=timeline(
            (0, o1.in_progress(done=87)),
            (
                87,
                o1.completed(
                    SILK, "Take @Image1 as the start frame; wind moves through the green silk"
                ),
            ),
        ),
    ),
    DemoJob(
        "e49f88ee-f3f0-4595-9dd5-30a909d339e3",
        "o1",
        "opening titles",
        age=3 * _DAY,
        script=timeline(
            (0, o1.in_progress(done=214)),
            (214, o1.completed(BLOOM, "@Image1 opens like a flower, petal by petal, on black")),
        ),
    ),
)
