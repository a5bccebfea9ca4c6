"""The position in a clip."""

from kling_tui.tui.video.playhead import Playhead


def test_advances_with_time_while_it_plays() -> None:
    """It stays where it is paused, and continues from there."""
    playhead = Playhead()
    assert (playhead.playing, playhead.position(100.0)) == (False, 0.0)
    playhead.play(100.0)
    assert (playhead.playing, playhead.position(101.5)) == (True, 1.5)
    playhead.pause_at(1.25)
    assert (playhead.playing, playhead.position(200.0)) == (False, 1.25)
    playhead.play(300.0)
    assert playhead.position(301.0) == 2.25
